/* Names on the map: streets along their course, districts with their share. One canvas over the window, drawn when the map rests. */
(function () {
  'use strict';

  var FONT = 'system-ui, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "Segoe UI", sans-serif';
  var MARGIN = 0.15; // of the window, so that a short drag shows no bare edge
  var LIMIT = 160; // labels at a time
  var FIRST_ZOOM = [[/^(motorway|trunk|primary)$/, 14], [/^(secondary)$/, 15], [/^(tertiary)$/, 15]]; // all others from 16

  Camgap.Labels = L.Layer.extend({
    /* sources: {streets, districts}, each {data, visible} or undefined; districts have shareOf(i) besides, null where not known */
    initialize: function (sources) {
      this._sources = sources;
    },

    onAdd: function (map) {
      var pane = map.createPane('labels');
      pane.style.zIndex = 450;
      pane.style.pointerEvents = 'none';
      this._canvas = L.DomUtil.create('canvas', 'leaflet-zoom-hide', pane);
      this._canvas.setAttribute('aria-hidden', 'true');
      map.on('moveend zoomend resize', this.repaint, this);
      this.repaint();
    },

    repaint: function () {
      if (this._waiting) return;
      this._waiting = true;
      L.Util.requestAnimFrame(this.flush, this);
    },

    idle: function () {
      return !this._waiting;
    },

    flush: function () {
      var map = this._map, size = map.getSize(), ratio = Math.min(window.devicePixelRatio || 1, 2), canvas = this._canvas;
      this._waiting = false;
      var margin = size.multiplyBy(MARGIN).round(), full = size.add(margin.multiplyBy(2));
      canvas.width = full.x * ratio;
      canvas.height = full.y * ratio;
      canvas.style.width = full.x + 'px';
      canvas.style.height = full.y + 'px';
      L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint(margin.multiplyBy(-1)));

      var scale = 256 * Math.pow(2, map.getZoom()), corner = map.project(map.containerPointToLatLng(margin.multiplyBy(-1)));
      var sheet = {
        context: canvas.getContext('2d'), taken: [], zoom: Math.round(map.getZoom()), scale: scale, size: full,
        left: corner.x / scale, top: corner.y / scale
      };
      sheet.context.scale(ratio, ratio);
      sheet.context.textAlign = 'center';
      sheet.context.textBaseline = 'middle';
      sheet.context.lineJoin = 'round';
      var districts = this._sources.districts, streets = this._sources.streets;
      if (districts && districts.visible) nameDistricts(sheet, districts.data, districts.shareOf);
      if (streets && streets.visible) nameStreets(sheet, streets.data);
    }
  });

  function nameDistricts(sheet, data, shareOf) {
    var context = sheet.context;
    for (var i = 0; i < data.count; i++) {
      var box = data.boxOf(i);
      if (!box) continue;
      var x = ((box[0] + box[2]) / 2 - sheet.left) * sheet.scale, y = ((box[1] + box[3]) / 2 - sheet.top) * sheet.scale;
      var name = data.get('name', i), share = shareOf(i), lines = [name, share === null ? '' : Camgap.percent(share)];
      context.font = '600 14px ' + FONT;
      var wide = Math.max(context.measureText(name).width, 48);
      if ((box[2] - box[0]) * sheet.scale < wide * 0.7 || !take(sheet, x, y, wide + 8, 0, 36)) continue;
      write(context, lines[0], x, y - 8, 0, 'ink', 4);
      context.font = '500 12px ' + FONT;
      write(context, lines[1], x, y + 9, 0, 'ink-soft', 4);
    }
  }

  function nameStreets(sheet, data) {
    var right = sheet.left + sheet.size.x / sheet.scale, bottom = sheet.top + sheet.size.y / sheet.scale, byName = new Map();
    if (sheet.zoom < FIRST_ZOOM[0][1]) return;
    var owner = data.owner;
    data.each(sheet.left, sheet.top, right, bottom, function (part) {
      var feature = owner[part], name = data.get('name', feature);
      if (!name || sheet.zoom < firstZoom(data.get('highway', feature))) return;
      var place = straightest(data, part, sheet);
      if (!place) return;
      if (!byName.has(name)) byName.set(name, []);
      byName.get(name).push(place);
    });
    var context = sheet.context, candidates = [];
    context.font = '500 11.5px ' + FONT;
    byName.forEach(function (places, name) {
      var wide = context.measureText(name).width;
      places.sort(function (a, b) { return b.length - a.length; });
      places.forEach(function (place) { if (place.length > 0.55 * wide) candidates.push({ name: name, place: place, wide: wide }); });
    });
    candidates.sort(function (a, b) { return b.place.length - a.place.length; });
    var placed = 0, near = new Map();
    for (var i = 0; i < candidates.length && placed < LIMIT; i++) {
      var one = candidates[i], others = near.get(one.name) || [];
      var tooNear = others.some(function (o) { return Math.hypot(o.x - one.place.x, o.y - one.place.y) < 320; });
      if (tooNear || !take(sheet, one.place.x, one.place.y, one.wide + 8, one.place.angle, 13)) continue;
      write(context, one.name, one.place.x, one.place.y, one.place.angle, 'ink', 3.5);
      near.set(one.name, others.concat([one.place]));
      placed++;
    }
  }

  function firstZoom(highway) {
    for (var i = 0; i < FIRST_ZOOM.length; i++) if (FIRST_ZOOM[i][0].test(highway)) return FIRST_ZOOM[i][1];
    return 16;
  }

  /* The longest run of a part that hardly bends, in pixels: {x, y, angle, length}; null where its middle is out of sight. */
  function straightest(data, part, sheet) {
    var xy = data.xy, best = null, from = data.first[part], to = data.first[part + 1] - 1;
    for (var start = from; start < to; ) {
      var end = start + 1, heading = angle(xy, start, end);
      while (end < to && Math.abs(turn(heading, angle(xy, end, end + 1))) < 0.22) end++;
      var dx = (xy[2 * end] - xy[2 * start]) * sheet.scale, dy = (xy[2 * end + 1] - xy[2 * start + 1]) * sheet.scale, length = Math.hypot(dx, dy);
      if (!best || length > best.length) {
        best = {
          x: ((xy[2 * start] + xy[2 * end]) / 2 - sheet.left) * sheet.scale,
          y: ((xy[2 * start + 1] + xy[2 * end + 1]) / 2 - sheet.top) * sheet.scale,
          angle: Math.atan2(dy, dx), length: length
        };
      }
      start = end;
    }
    if (!best || best.x < 0 || best.y < 0 || best.x > sheet.size.x || best.y > sheet.size.y) return null;
    if (best.angle > Math.PI / 2) best.angle -= Math.PI; // never upside down
    if (best.angle <= -Math.PI / 2) best.angle += Math.PI;
    return best;
  }

  function angle(xy, a, b) {
    return Math.atan2(xy[2 * b + 1] - xy[2 * a + 1], xy[2 * b] - xy[2 * a]);
  }

  function turn(a, b) {
    var d = Math.abs(a - b) % (2 * Math.PI);
    return d > Math.PI ? 2 * Math.PI - d : d;
  }

  /* Claim room for a label; false where another one is. Room is a row of discs along the base line. */
  function take(sheet, x, y, wide, angle, high) {
    var discs = [], n = Math.max(1, Math.ceil(wide / high)), radius = high / 2;
    for (var i = 0; i < n; i++) {
      var along = n === 1 ? 0 : (i / (n - 1) - 0.5) * (wide - high);
      discs.push([x + along * Math.cos(angle), y + along * Math.sin(angle), radius]);
    }
    var free = sheet.taken.every(function (other) {
      return discs.every(function (disc) { return Math.hypot(disc[0] - other[0], disc[1] - other[1]) > disc[2] + other[2] + 1; });
    });
    if (free) sheet.taken = sheet.taken.concat(discs);
    return free;
  }

  function write(context, text, x, y, angle, colour, halo) {
    context.save();
    context.translate(x, y);
    context.rotate(angle);
    context.strokeStyle = Camgap.colour('halo');
    context.lineWidth = halo;
    context.strokeText(text, 0, 0);
    context.fillStyle = Camgap.colour(colour);
    context.fillText(text, 0, 0);
    context.restore();
  }
})();
