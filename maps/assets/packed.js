/* Reads the layers that camgap/maps/packed.py writes; its head describes the format.
 *
 * Coordinates become Web Mercator's unit square at once: x to the east, y to the south, both 0..1. Parts (lines, rings, points)
 * lie in Morton order, so blocks of consecutive parts, each with its box, are the spatial index.
 */
var Camgap = window.Camgap || {};

(function () {
  'use strict';

  var BLOCK = 64; // parts per block of the index

  function bytes(base64) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
    var text = atob(base64), out = new Uint8Array(text.length);
    for (var i = 0; i < out.length; i++) out[i] = text.charCodeAt(i);
    return out;
  }

  /* The first `count` varints of a stream, all of them non-negative. */
  function varints(base64, count) {
    var data = bytes(base64), out = new Float64Array(count), at = 0;
    for (var i = 0; i < count; i++) {
      var byte = data[at++], value = byte & 127;
      for (var scale = 128; byte > 127; scale *= 128) { // not <<: values may pass 32 bits
        byte = data[at++];
        value += (byte & 127) * scale;
      }
      out[i] = value;
    }
    return out;
  }

  function unfold(value) {
    return value % 2 ? -(value + 1) / 2 : value / 2;
  }

  Camgap.mercatorY = function (latitude) {
    var sine = Math.sin((latitude * Math.PI) / 180);
    return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  };

  /* Mercator's y between two latitudes, read off a table: 0.02 mm true where these lie a degree apart, and a logarithm is
   * spared per point. */
  function mercatorTable(south, north) {
    var parts = 4096, step = (north - south) / parts || 1, table = new Float64Array(parts + 2);
    for (var i = 0; i < table.length; i++) table[i] = Camgap.mercatorY(south + i * step);
    return function (latitude) {
      var at = (latitude - south) / step, i = Math.floor(at);
      return table[i] + (at - i) * (table[i + 1] - table[i]);
    };
  }

  /* Points, parts and the parts' boxes of a layer. */
  function readShape(definition) {
    var parts = definition.parts, numbers = varints(definition.shape, parts + 2 * definition.points), step = definition.step;
    var first = new Uint32Array(parts + 1), xy = new Float64Array(2 * definition.points); // part i has the points first[i] .. first[i + 1]
    var east = 0, north = 0, south = Infinity, top = -Infinity, at = 0, part, i;
    for (part = 0, i = 0; part < parts; part++) {
      first[part] = at;
      for (var n = numbers[i++]; n > 0; n--, at++) {
        east += unfold(numbers[i++]);
        north += unfold(numbers[i++]);
        xy[2 * at] = (east * step) / 360 + 0.5;
        xy[2 * at + 1] = north * step;
        if (north < south) south = north;
        if (north > top) top = north;
      }
    }
    first[parts] = at;
    var mercatorY = mercatorTable(south * step, top * step);
    for (i = 1; i < 2 * at; i += 2) xy[i] = mercatorY(xy[i]);
    return { first: first, xy: xy, box: boxesOf(xy, first) };
  }

  /* West, north, east, south of every run of points first[i] .. first[i + 1]. */
  function boxesOf(xy, first) {
    var box = new Float64Array(4 * (first.length - 1));
    for (var run = 0; run < first.length - 1; run++) {
      var left = 2, top = 2, right = -1, bottom = -1;
      for (var i = first[run]; i < first[run + 1]; i++) {
        var x = xy[2 * i], y = xy[2 * i + 1];
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
        if (y > bottom) bottom = y;
      }
      box[4 * run] = left;
      box[4 * run + 1] = top;
      box[4 * run + 2] = right;
      box[4 * run + 3] = bottom;
    }
    return box;
  }

  /* Boxes of blocks of consecutive boxes. */
  function blocksOf(box, parts) {
    var blocks = new Float64Array(4 * Math.ceil(parts / BLOCK));
    for (var b = 0; 4 * b < blocks.length; b++) {
      var left = 2, top = 2, right = -1, bottom = -1;
      for (var i = b * BLOCK, end = Math.min(parts, i + BLOCK); i < end; i++) {
        left = Math.min(left, box[4 * i]);
        top = Math.min(top, box[4 * i + 1]);
        right = Math.max(right, box[4 * i + 2]);
        bottom = Math.max(bottom, box[4 * i + 3]);
      }
      blocks[4 * b] = left;
      blocks[4 * b + 1] = top;
      blocks[4 * b + 2] = right;
      blocks[4 * b + 3] = bottom;
    }
    return blocks;
  }

  /* Feature of every part, and the parts of every feature: those of feature i are parts[from[i]] .. parts[from[i + 1]]. */
  function readOwner(definition) {
    var n = definition.parts, owner = new Uint32Array(n), from = new Uint32Array(definition.count + 1), parts = new Uint32Array(n), feature = 0, i;
    var differences = definition.owner && varints(definition.owner, n);
    for (i = 0; i < n; i++) owner[i] = differences ? (feature += unfold(differences[i])) : i;
    for (i = 0; i < n; i++) from[owner[i] + 1]++;
    for (i = 0; i < definition.count; i++) from[i + 1] += from[i];
    var next = from.slice();
    for (i = 0; i < n; i++) parts[next[owner[i]]++] = i;
    return { owner: owner, from: from, parts: parts };
  }

  Camgap.Packed = class {
    /* Nothing is read before it is asked for: most layers of a city are not drawn at first. */
    constructor(definition) {
      this.kind = definition.kind;
      this.count = definition.count; // features
      this.parts = definition.parts;
      this._definition = definition;
      this._columns = definition.columns;
      this._decoded = {};
      this._shape = this._blocks = this._owned = null;
    }

    /* Points of a part i: first[i] .. first[i + 1]. */
    get first() { return this._shaped().first; }

    /* Coordinates of all points, x and y in turn. */
    get xy() { return this._shaped().xy; }

    /* West, north, east, south of every part. */
    get box() { return this._shaped().box; }

    /* Feature of every part. */
    get owner() { return this._owners().owner; }

    _shaped() {
      return this._shape || (this._shape = readShape(this._definition));
    }

    _owners() {
      return this._owned || (this._owned = readOwner(this._definition));
    }

    /* Read now what drawing will need. */
    read() {
      this._blocks = this._blocks || blocksOf(this.box, this.parts);
      return this._owners();
    }

    /* Call visit(part) for every part whose box meets the given one. */
    each(left, top, right, bottom, visit) {
      this.read();
      var box = this.box, blocks = this._blocks;
      for (var b = 0; 4 * b < blocks.length; b++) {
        if (blocks[4 * b] > right || blocks[4 * b + 2] < left || blocks[4 * b + 1] > bottom || blocks[4 * b + 3] < top) continue;
        for (var i = b * BLOCK, end = Math.min(this.parts, i + BLOCK); i < end; i++) {
          if (box[4 * i] <= right && box[4 * i + 2] >= left && box[4 * i + 1] <= bottom && box[4 * i + 3] >= top) visit(i);
        }
      }
    }

    partsOf(feature) {
      var owned = this._owners();
      return owned.parts.subarray(owned.from[feature], owned.from[feature + 1]);
    }

    /* Box of a feature in the unit square: [west, north, east, south]; null for one without geometry. */
    boxOf(feature) {
      var parts = this.partsOf(feature), box = this.box, left = 2, top = 2, right = -1, bottom = -1;
      if (!parts.length) return null;
      for (var k = 0; k < parts.length; k++) {
        var at = 4 * parts[k];
        left = Math.min(left, box[at]);
        top = Math.min(top, box[at + 1]);
        right = Math.max(right, box[at + 2]);
        bottom = Math.max(bottom, box[at + 3]);
      }
      return [left, top, right, bottom];
    }

    has(name) {
      return name in this._columns;
    }

    /* Value of a column for a feature: text, number, or null where there is none. Columns are read when first asked for. */
    get(name, feature) {
      var column = this._decoded[name] || (this._decoded[name] = this._readColumn(this._columns[name]));
      var code = column.codes[feature];
      if (column.table) return column.table[code];
      if (!code) return null;
      return column.step < 1 ? unfold(code - 1) / column.inverse : unfold(code - 1) * column.step; // 3 / 10 is 0.3, 3 * 0.1 is not
    }

    _readColumn(column) {
      return { codes: varints(column.codes, this.count), table: column.table, step: column.step, inverse: Math.round(1 / column.step) };
    }

    /* All features whose value in the column is the given one. */
    where(name, value) {
      var found = [];
      for (var i = 0; i < this.count; i++) if (this.get(name, i) === value) found.push(i);
      return found;
    }

    /* Features under a point of the unit square: lines and points within `reach` (nearest first), areas that contain it;
     * of them those for which `wanted`, if given, holds. */
    at(x, y, reach, wanted) {
      var distance = new Map(), crossings = new Map(), self = this;
      this.each(x - reach, y - reach, x + reach, y + reach, function (part) {
        var feature = self.owner[part];
        if (wanted && !wanted(feature)) return;
        if (self.kind === 'area') {
          crossings.set(feature, (crossings.get(feature) || 0) + self._crossings(part, x, y));
          return;
        }
        var d = self._nearestOn(part, x, y).distance;
        if (d <= reach && !(distance.get(feature) <= d)) distance.set(feature, d);
      });
      if (this.kind === 'area') {
        return Array.from(crossings.keys()).filter(function (feature) { return crossings.get(feature) % 2; });
      }
      return Array.from(distance.keys()).sort(function (a, b) { return distance.get(a) - distance.get(b) || a - b; });
    }

    /* How often a ring crosses the ray to the east of a point: odd inside, and holes make it even again. */
    _crossings(part, x, y) {
      var xy = this.xy, from = this.first[part], to = this.first[part + 1], count = 0;
      for (var i = from, j = to - 1; i < to; j = i++) {
        var ax = xy[2 * j], ay = xy[2 * j + 1], bx = xy[2 * i], by = xy[2 * i + 1];
        if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) count++;
      }
      return count;
    }

    /* The point of a feature's lines nearest to a point: {x, y, distance}. */
    nearest(feature, x, y) {
      var best = { distance: Infinity };
      this.partsOf(feature).forEach(function (part) {
        var one = this._nearestOn(part, x, y);
        if (one.distance < best.distance) best = one;
      }, this);
      return best;
    }

    _nearestOn(part, x, y) {
      var xy = this.xy, from = this.first[part], to = this.first[part + 1], best = { distance: Infinity };
      for (var i = from; i < to; i++) {
        var next = Math.min(i + 1, to - 1);
        var ax = xy[2 * i], ay = xy[2 * i + 1], dx = xy[2 * next] - ax, dy = xy[2 * next + 1] - ay, square = dx * dx + dy * dy;
        var along = square ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / square)) : 0;
        var px = ax + along * dx, py = ay + along * dy, distance = Math.hypot(px - x, py - y);
        if (distance < best.distance) best = { x: px, y: py, distance: distance };
      }
      return best;
    }
  };
})();
