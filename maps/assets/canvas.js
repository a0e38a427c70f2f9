/* Draws packed layers on Leaflet's grid of canvas tiles: all layers of a map on one tile, bottom to top.
 *
 * Tiles are drawn one layer at a time, a few milliseconds per frame, so that panning stays smooth; a tile is shown when it
 * is whole. `layers` are {data: Packed, look: {...}, visible: bool}; looks are described in look.js.
 */
(function () {
  'use strict';

  var BUDGET = 10; // ms of drawing per frame
  var FIRST = 120; // the same until the first picture is whole: nothing moves yet
  var REACH = 28; // px round a tile in which features may still paint into it
  var SKIP = 0.6; // px: points nearer to the last one drawn are left out

  var HAIR = 1.1; // px: lines hardly wider than a pixel are drawn one pixel wide, which browsers do several times faster
  var THIN = 1.5; // px: nobody sees how thinner lines end and bend, and round ends of thousands take their time

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

    /* Draw tiles anew, in place: all of them, or those which the `touched` features, [[data, [feature]], ...], may paint into. */
    repaint: function (touched) {
      var waiting = new Set(this._jobs.filter(function (job) { return !job.next; }).map(function (job) { return job.tile; }));
      this._places.forEach(function (coords, tile) {
        var job = { tile: tile, coords: coords, ratio: tile.width / this.getTileSize().x };
        if (!waiting.has(tile) && (!touched || meets(this._frame(job).box, touched))) this._jobs.push(job);
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
        this._jobs.shift();
        return;
      }
      if (!job.frame) {
        job.next = 0;
        job.frame = this._frame(job);
        job.sheet = job.done || this.options.atOnce ? job.tile : this._sheet; // none is needed where nobody sees a half-drawn tile
        if (!job.done && this.options.atOnce) job.tile.getContext('2d').clearRect(0, 0, job.tile.width, job.tile.height);
        else if (!job.done) {
          this._sheet.width = job.tile.width; // clears it as well
          this._sheet.height = job.tile.height;
        }
      }
      while (job.next < this.layers.length) {
        var layer = this.layers[job.next++];
        if (layer.visible && drawLayer(job.sheet, layer, job.frame)) {
          job.inked = true;
          if (!this.options.atOnce) return;
        }
      }
      if (job.sheet === this._sheet) {
        var target = job.tile.getContext('2d');
        target.clearRect(0, 0, job.tile.width, job.tile.height);
        if (job.inked) target.drawImage(this._sheet, 0, 0);
      }
      this._jobs.shift();
      if (job.done) job.done(null, job.tile);
    },

    /* Where a tile lies in the unit square, and how large that is in its pixels. */
    _frame: function (job) {
      var size = this.getTileSize().x, across = (Math.pow(2, job.coords.z) * 256) / size, reach = REACH / (size * across);
      var left = job.coords.x / across, top = job.coords.y / across;
      return {
        zoom: job.coords.z, ratio: job.ratio, left: left, top: top, scale: size * across * job.ratio,
        box: [left - reach, top - reach, left + 1 / across + reach, top + 1 / across + reach]
      };
    }
  });

  /* Does any of the features meet a box? */
  function meets(box, touched) {
    return touched.some(function (one) {
      var data = one[0], boxes = data.box;
      return one[1].some(function (feature) {
        return data.partsOf(feature).some(function (part) {
          return boxes[4 * part] <= box[2] && boxes[4 * part + 2] >= box[0] && boxes[4 * part + 1] <= box[3] && boxes[4 * part + 3] >= box[1];
        });
      });
    });
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
