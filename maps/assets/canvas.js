/* Draws packed layers on Leaflet's grid of canvas tiles: all layers of a map on one tile, bottom to top.
 *
 * Tiles are drawn one layer at a time, a few milliseconds per frame, so that panning stays smooth; a tile is shown when it
 * is whole. `layers` are {data: Packed, look: {...}, visible: bool}; looks are described in look.js.
 */
(function () {
  'use strict';

  var BUDGET = 10; // ms of drawing per frame
  var FIRST = 120; // the same until the first picture is whole: nothing moves yet
  var CELLS = 4; // a tile is drawn anew by cells, so many each way
  var SKIP = 0.6; // px: points nearer to the last one drawn are left out

  var HAIR = 1.1; // px: lines hardly wider than a pixel are drawn one pixel wide, which browsers do several times faster
  var THIN = 2; // px: nobody sees how thinner lines end and bend, and round ends of thousands take their time

  Camgap.HIDDEN = 255; // style of a feature that is not drawn

  Camgap.Canvas = L.GridLayer.extend({
    options: { tileSize: 256, updateWhenZooming: false, updateWhenIdle: false, keepBuffer: 1, atOnce: false }, // atOnce: a tile is little work

    initialize: function (layers, options) {
      L.setOptions(this, options);
      this.layers = layers;
      this._places = new Map(); // canvas -> tile coordinates
      this._jobs = [];
      this._budget = FIRST;
      this._sheet = document.createElement('canvas'); // a tile is drawn here, then copied: no half-drawn tiles on screen
      this.on('tileunload', function (event) { this._places.delete(event.tile); });
    },

    createTile: function (coords, done) {
      var tile = document.createElement('canvas'), size = this.getTileSize().x, ratio = Math.min(window.devicePixelRatio || 1, 2);
      tile.width = tile.height = size * ratio;
      tile.style.width = tile.style.height = size + 'px';
      this._places.set(tile, coords);
      this._jobs.push({ tile: tile, coords: coords, ratio: ratio, done: done });
      this._wake();
      return tile;
    },

    /* Draw tiles anew, in place: all of them, or what of them the `touched` features, [[data, [feature]], ...], may paint into. */
    repaint: function (touched) {
      var waiting = new Set(this._jobs.filter(function (job) { return !job.next && !job.cells; }).map(function (job) { return job.tile; }));
      var cells = touched && cellsOf(this._places, this.getTileSize().x, touched);
      this._places.forEach(function (coords, tile) {
        var job = { tile: tile, coords: coords, ratio: tile.width / this.getTileSize().x };
        if (waiting.has(tile)) return;
        if (!touched) this._jobs.push(job);
        else this._jobs.push.apply(this._jobs, runsOf(cells.get(tile)).map(function (run) { return Object.assign({ cells: run }, job); }));
      }, this);
      this._wake();
    },

    idle: function () {
      return !this._jobs.length && this._noTilesToLoad(); // tiles that were scrolled away are waited for no more
    },

    /* Draw whatever waits, now. */
    flush: function () {
      while (this._jobs.length) this._step();
    },

    _wake: function () {
      if (this._awake) return;
      this._awake = true;
      L.Util.requestAnimFrame(this._work, this);
    },

    _work: function () {
      var start = performance.now();
      while (this._jobs.length && performance.now() - start < this._budget) this._step();
      this._awake = false;
      if (this._jobs.length) this._wake();
      else this._budget = BUDGET;
    },

    /* Draw the next layer of the first tile that waits; a layer without anything there costs no turn. */
    _step: function () {
      var job = this._jobs[0];
      if (!this._places.has(job.tile)) { // scrolled away before its turn
        if (job.clipped) job.sheet.getContext('2d').restore();
        this._jobs.shift();
        return;
      }
      if (!job.frame) this._begin(job);
      while (job.next < this.layers.length) {
        var layer = this.layers[job.next++];
        if (layer.visible && drawLayer(job.sheet, layer, job.frame)) {
          job.inked = true;
          if (!this.options.atOnce) return;
        }
      }
      if (job.clipped) job.sheet.getContext('2d').restore();
      if (job.sheet === this._sheet) {
        var target = job.tile.getContext('2d');
        target.clearRect.apply(target, job.part);
        if (job.inked) target.drawImage.apply(target, [this._sheet].concat(job.part, job.part));
      }
      this._jobs.shift();
      if (job.done) job.done(null, job.tile);
    },

    /* Make ready what a tile, or some of its cells, is drawn on. */
    _begin: function (job) {
      var width = job.tile.width, high = job.tile.height, side = width / CELLS, cells = job.cells || [0, 0, CELLS, CELLS];
      job.next = 0;
      job.frame = this._frame(job, cells);
      job.sheet = job.done || this.options.atOnce ? job.tile : this._sheet; // none is needed where nobody sees a half-drawn tile
      if (job.done) return;
      if (job.sheet === this._sheet && (job.sheet.width !== width || job.sheet.height !== high)) {
        job.sheet.width = width;
        job.sheet.height = high;
      }
      var left = Math.floor(cells[0] * side), top = Math.floor(cells[1] * side), context = job.sheet.getContext('2d');
      job.part = [left, top, Math.min(width, Math.ceil(cells[2] * side)) - left, Math.min(high, Math.ceil(cells[3] * side)) - top];
      context.clearRect.apply(context, job.part);
      if (!job.cells) return;
      job.clipped = true;
      context.save();
      context.beginPath();
      context.rect.apply(context, job.part);
      context.clip();
    },

    /* Where a tile lies in the unit square, and how large that is in its pixels. */
    _frame: function (job, cells) {
      var size = this.getTileSize().x, pixels = Math.pow(2, job.coords.z) * 256, reach = reachAt(job.coords.z) / pixels;
      var left = (job.coords.x * size) / pixels, top = (job.coords.y * size) / pixels, side = size / CELLS / pixels;
      return {
        zoom: job.coords.z, ratio: job.ratio, left: left, top: top, scale: pixels * job.ratio,
        box: [left + cells[0] * side - reach, top + cells[1] * side - reach, left + cells[2] * side + reach, top + cells[3] * side + reach]
      };
    }
  });

  /* How far from a feature, in pixels, it may still paint. */
  function reachAt(zoom) {
    return 4 + 10 * Camgap.sizeAt(zoom);
  }

  /* Which cells of each tile the touched features may paint into: a map of tile -> CELLS rows of CELLS. */
  function cellsOf(places, size, touched) {
    var found = new Map(), zooms = new Map();
    places.forEach(function (coords, tile) {
      if (!zooms.has(coords.z)) zooms.set(coords.z, { tiles: new Map(), west: coords.x, east: coords.x, north: coords.y, south: coords.y });
      var grid = zooms.get(coords.z), cells = Array.from({ length: CELLS }, function () { return new Uint8Array(CELLS); });
      grid.tiles.set(coords.x + ' ' + coords.y, cells);
      found.set(tile, cells);
      grid.west = Math.min(grid.west, coords.x);
      grid.east = Math.max(grid.east, coords.x);
      grid.north = Math.min(grid.north, coords.y);
      grid.south = Math.max(grid.south, coords.y);
    });
    zooms.forEach(function (grid, zoom) { touched.forEach(function (one) { mark(grid, Math.pow(2, zoom) * 256, size / CELLS, reachAt(zoom), one); }); });
    return found;
  }

  /* Mark the cells of one zoom, `side` pixels wide, that features of a layer may paint into. */
  function mark(grid, pixels, side, reach, touched) {
    var box = touched[0].box, left = grid.west * CELLS, right = (grid.east + 1) * CELLS - 1, top = grid.north * CELLS, bottom = (grid.south + 1) * CELLS - 1;
    touched[1].forEach(function (feature) {
      touched[0].partsOf(feature).forEach(function (part) {
        var east = Math.min(right, Math.floor((box[4 * part + 2] * pixels + reach) / side)), south = Math.min(bottom, Math.floor((box[4 * part + 3] * pixels + reach) / side));
        for (var y = Math.max(top, Math.floor((box[4 * part + 1] * pixels - reach) / side)); y <= south; y++) {
          for (var x = Math.max(left, Math.floor((box[4 * part] * pixels - reach) / side)); x <= east; x++) {
            var cells = grid.tiles.get(Math.floor(x / CELLS) + ' ' + Math.floor(y / CELLS));
            if (cells) cells[y - CELLS * Math.floor(y / CELLS)][x - CELLS * Math.floor(x / CELLS)] = 1;
          }
        }
      });
    });
  }

  /* Rectangles of cells, [west, north, east, south]: runs along the rows; equal runs of rows one below the other are one. */
  function runsOf(cells) {
    var runs = [], open = {};
    cells.forEach(function (row, y) {
      for (var x = 0; x < CELLS; x++) {
        var from = x;
        while (x < CELLS && row[x]) x++;
        if (x === from) continue;
        var key = from + ' ' + x, above = open[key];
        if (above && above[3] === y) above[3] = y + 1;
        else runs.push((open[key] = [from, y, x, y + 1]));
      }
    });
    return runs;
  }

  /* Draw a layer onto a tile; tell whether there was anything to draw. */
  function drawLayer(sheet, layer, frame) {
    if (frame.zoom < (layer.look.minZoom || 0)) return false;
    var data = layer.data, owner = data.owner, look = layer.look, box = frame.box, byStyle = look.styles.map(function () { return []; }), any = false;
    var size = data.kind === 'point' ? pointSizeAt(frame.zoom) : Camgap.sizeAt(frame.zoom);
    data.each(box[0], box[1], box[2], box[3], function (part) {
      var feature = owner[part];
      if (layer.only && !layer.only.has(feature)) return;
      var style = layer.styleOf ? layer.styleOf[feature] : 0;
      if (style === Camgap.HIDDEN) return;
      byStyle[style].push(part);
      any = true;
    });
    if (!any) return false;
    var context = sheet.getContext('2d');
    var passes = Math.max.apply(null, look.styles.map(function (style) { return (style.strokes || []).length; }));
    for (var pass = -1; pass < passes; pass++) { // fills first, then the first stroke of every style (casings), then the next
      look.styles.forEach(function (style, i) {
        var ink = pass < 0 ? style.fill : (style.strokes || [])[pass];
        if (!ink || !byStyle[i].length) return;
        context.beginPath();
        byStyle[i].forEach(function (part) { tracePart(context, data, part, frame, style.radius); });
        if (pass < 0) fill(context, ink);
        else stroke(context, ink, size, frame.ratio);
      });
    }
    return true;
  }

  function tracePart(context, data, part, frame, radius) {
    var xy = data.xy, from = data.first[part], to = data.first[part + 1];
    var x = (xy[2 * from] - frame.left) * frame.scale, y = (xy[2 * from + 1] - frame.top) * frame.scale;
    if (data.kind === 'point') {
      var r = radius * frame.ratio * pointSizeAt(frame.zoom);
      if (r < 2) { // a square of the same area: thousands of arcs take their time, and nobody sees the corners
        context.rect(x - 0.886 * r, y - 0.886 * r, 1.772 * r, 1.772 * r);
        return;
      }
      context.moveTo(x + r, y);
      context.arc(x, y, r, 0, 2 * Math.PI);
      return;
    }
    var skip = SKIP * frame.ratio, lastX = x, lastY = y;
    context.moveTo(x, y);
    for (var i = from + 1; i < to; i++) {
      x = (xy[2 * i] - frame.left) * frame.scale;
      y = (xy[2 * i + 1] - frame.top) * frame.scale;
      if (i < to - 1 && Math.abs(x - lastX) < skip && Math.abs(y - lastY) < skip) continue;
      context.lineTo(x, y);
      lastX = x;
      lastY = y;
    }
    if (data.kind === 'area') context.closePath();
  }

  function fill(context, ink) {
    context.globalAlpha = ink.opacity === undefined ? 1 : ink.opacity;
    context.fillStyle = Camgap.colour(ink.colour);
    context.fill(); // non-zero: overlapping polygons unite, their holes (which run the other way) stay open
    context.globalAlpha = 1;
  }

  function stroke(context, ink, size, ratio) {
    context.globalAlpha = ink.opacity === undefined ? 1 : ink.opacity;
    context.globalCompositeOperation = ink.erase ? 'destination-out' : 'source-over';
    context.strokeStyle = Camgap.colour(ink.colour);
    var width = (ink.width * (ink.fixed ? 1 : size) + (ink.plus || 0)) * ratio, thin = width < THIN * ratio;
    context.lineWidth = width > 1 && width < HAIR ? 1 : width;
    context.lineJoin = thin ? 'bevel' : 'round';
    context.lineCap = ink.dash || thin ? 'butt' : ink.cap || 'round';
    context.setLineDash((ink.dash || []).map(function (length) { return length * ratio; }));
    context.stroke();
    context.setLineDash([]);
    context.globalCompositeOperation = 'source-over';
    context.globalAlpha = 1;
  }

  /* How wide lines are at a zoom, 1 at zoom 16. */
  Camgap.sizeAt = function (zoom) {
    return Math.max(0.36, Math.min(2.4, Math.pow(1.3, zoom - 16)));
  };

  /* Points shrink faster: many of them would hide the streets. */
  function pointSizeAt(zoom) {
    return Math.max(0.36, Math.min(1.8, Math.pow(1.45, zoom - 16)));
  }
})();
