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
    var text = atob(base64), out = new Uint8Array(text.length);
    for (var i = 0; i < out.length; i++) out[i] = text.charCodeAt(i);
    return out;
  }

  /* A reader of varints: next() is the next non-negative integer, signed() the next zig-zag one. */
  function Reader(base64) {
    var data = bytes(base64), at = 0;
    this.next = function () {
      var byte = data[at++], value = byte & 127, scale = 128;
      while (byte > 127) {
        byte = data[at++];
        value += (byte & 127) * scale; // not <<: values may pass 32 bits
        scale *= 128;
      }
      return value;
    };
    this.signed = function () {
      return unfold(this.next());
    };
  }

  function unfold(value) {
    return value % 2 ? -(value + 1) / 2 : value / 2;
  }

  Camgap.mercatorY = function (latitude) {
    var sine = Math.sin((latitude * Math.PI) / 180);
    return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  };

  Camgap.Packed = class {
    constructor(definition) {
      this.kind = definition.kind;
      this.count = definition.count; // features
      this.parts = definition.parts;
      this._readShape(definition);
      this._readOwner(definition);
      this._buildIndex();
      this._columns = definition.columns;
      this._decoded = {};
    }

    _readShape(definition) {
      var shape = new Reader(definition.shape), step = definition.step;
      var first = (this.first = new Uint32Array(this.parts + 1)); // part i has the points first[i] .. first[i + 1]
      var xy = (this.xy = new Float64Array(2 * definition.points));
      var box = (this.box = new Float64Array(4 * this.parts)); // west, north, east, south of every part
      var east = 0, north = 0, at = 0;
      for (var part = 0; part < this.parts; part++) {
        var left = 2, top = 2, right = -1, bottom = -1;
        first[part] = at;
        for (var n = shape.next(); n > 0; n--, at++) {
          east += shape.signed();
          north += shape.signed();
          var x = (east * step) / 360 + 0.5, y = Camgap.mercatorY(north * step);
          xy[2 * at] = x;
          xy[2 * at + 1] = y;
          if (x < left) left = x;
          if (x > right) right = x;
          if (y < top) top = y;
          if (y > bottom) bottom = y;
        }
        box.set([left, top, right, bottom], 4 * part);
      }
      first[this.parts] = at;
    }

    _readOwner(definition) {
      this.owner = new Uint32Array(this.parts); // feature of every part
      var differences = definition.owner && new Reader(definition.owner), feature = 0;
      for (var part = 0; part < this.parts; part++) {
        this.owner[part] = differences ? (feature += differences.signed()) : part;
      }
      var counts = new Uint32Array(this.count + 1), i;
      for (i = 0; i < this.parts; i++) counts[this.owner[i] + 1]++;
      for (i = 0; i < this.count; i++) counts[i + 1] += counts[i];
      this._partsFrom = counts.slice();
      this._parts = new Uint32Array(this.parts);
      for (i = 0; i < this.parts; i++) this._parts[counts[this.owner[i]]++] = i;
    }

    _buildIndex() {
      var blocks = Math.ceil(this.parts / BLOCK);
      this._blocks = new Float64Array(4 * blocks);
      for (var b = 0; b < blocks; b++) this._blocks.set(this._boxOf(b * BLOCK, Math.min(this.parts, (b + 1) * BLOCK)), 4 * b);
    }

    _boxOf(from, to) {
      var box = this.box, left = 2, top = 2, right = -1, bottom = -1;
      for (var i = from; i < to; i++) {
        left = Math.min(left, box[4 * i]);
        top = Math.min(top, box[4 * i + 1]);
        right = Math.max(right, box[4 * i + 2]);
        bottom = Math.max(bottom, box[4 * i + 3]);
      }
      return [left, top, right, bottom];
    }

    /* Call visit(part) for every part whose box meets the given one. */
    each(left, top, right, bottom, visit) {
      var box = this.box, blocks = this._blocks;
      for (var b = 0; 4 * b < blocks.length; b++) {
        if (blocks[4 * b] > right || blocks[4 * b + 2] < left || blocks[4 * b + 1] > bottom || blocks[4 * b + 3] < top) continue;
        for (var i = b * BLOCK, end = Math.min(this.parts, i + BLOCK); i < end; i++) {
          if (box[4 * i] <= right && box[4 * i + 2] >= left && box[4 * i + 1] <= bottom && box[4 * i + 3] >= top) visit(i);
        }
      }
    }

    partsOf(feature) {
      return this._parts.subarray(this._partsFrom[feature], this._partsFrom[feature + 1]);
    }

    /* Box of a feature in the unit square: [west, north, east, south]; null for one without geometry. */
    boxOf(feature) {
      var parts = this.partsOf(feature), all = [2, 2, -1, -1];
      if (!parts.length) return null;
      parts.forEach(function (part) {
        var one = this.box.subarray(4 * part, 4 * part + 4);
        all = [Math.min(all[0], one[0]), Math.min(all[1], one[1]), Math.max(all[2], one[2]), Math.max(all[3], one[3])];
      }, this);
      return all;
    }

    has(name) {
      return name in this._columns;
    }

    /* Value of a column for a feature: text, number, or null where there is none. Columns are read when first asked for. */
    get(name, feature) {
      var column = this._decoded[name] || (this._decoded[name] = this._readColumn(this._columns[name]));
      var code = column.codes[feature];
      if (column.table) return column.table[code];
      return code ? Number((unfold(code - 1) * column.step).toPrecision(12)) : null;
    }

    _readColumn(column) {
      var reader = new Reader(column.codes), codes = new Float64Array(this.count);
      for (var i = 0; i < this.count; i++) codes[i] = reader.next();
      return { codes: codes, table: column.table, step: column.step };
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
