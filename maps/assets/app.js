/* Puts the page together: packed layers on the canvas, markers, panel, popups. `window.camgap` is its handle from outside. */
(function () {
  'use strict';

  var el = Camgap.el;
  var BADGES = 10; // gaps numbered on the map
  var CROWDED = 1 / 13000; // sites per square pixel above which markers shrink

  Camgap.start = function (map, data) {
    var planned = Boolean(data.result.after); // streets, depths and districts then show the state after the plan
    var layers = makeLayers(data.layers, planned), bounds = L.latLngBounds(data.bounds);
    var painted = Camgap.LOOKS.map(function (look) { return layers[look.id]; }).filter(Boolean);
    var canvas = new Camgap.Canvas(painted, { pane: 'tilePane' }), picked = pickedCanvas(map), labels = new Camgap.Labels(labelSources(layers));
    var popup = L.popup({ maxWidth: 280, minWidth: 280, autoPanPadding: [24, 24], className: 'camgap-popup' });
    var byStreet = new Camgap.Packed(data.by_street);
    var actions = { show: show, zoomTo: zoomTo, zoomToStreet: zoomToStreet, resized: function () { map.invalidateSize({ animate: false, pan: false }); } };
    var moving = false;
    var markers = {
      sites: layers.sites ? siteMarkers(layers.sites, function (i) { openSite(i); }) : null,
      gaps: layers.gaps ? gapBadges(layers.gaps, function (i) { openGap(i); }) : null
    };

    var panel = Camgap.panel({ title: data.title, result: data.result, byStreet: byStreet, layers: layers, actions: actions });
    furnish(map, home);
    home();
    canvas.addTo(map);
    picked.addTo(map);
    labels.addTo(map);
    Object.keys(markers).forEach(function (id) { if (markers[id]) markers[id].addTo(map); });
    map.on('click', function (event) { pick(event.latlng, event.originalEvent.pointerType === 'touch' ? 16 : 8); });
    map.on('keydown', function (event) { if (event.originalEvent.key === 'Enter' && event.originalEvent.target === map.getContainer()) pick(map.getCenter(), 16); });
    map.on('mousemove', L.Util.throttle(function (event) { map.getContainer().classList.toggle('over', Boolean(find(event.latlng, 6))); }, 60));
    map.on('popupclose', function () { picked.show([]); });
    map.on('movestart', function () { moving = true; });
    map.on('moveend', function () { moving = false; });
    map.on('zoomend moveend', onMove);
    window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint);
    window.addEventListener('beforeprint', beforePrint);
    window.addEventListener('afterprint', afterPrint);
    onMove();

    window.camgap = {
      map: map, layers: layers, idle: idle, home: home, show: show, zoomTo: zoomTo, popup: popup,
      ready: idle(),
      sitesOnScreen: function () { return markers.sites && map.hasLayer(markers.sites) ? onScreen(markers.sites) : []; },
      gapsOnScreen: function () { return markers.gaps && map.hasLayer(markers.gaps) ? onScreen(markers.gaps) : []; }
    };

    /* Resolves when everything that shall be seen has been drawn. */
    function idle() {
      return new Promise(function (resolve) {
        (function look() {
          if (!moving && canvas.idle() && picked.idle() && labels.idle()) resolve();
          else requestAnimationFrame(look);
        })();
      });
    }

    /* Show the whole study area. */
    function home() {
      map.fitBounds(bounds, { animate: false, padding: [12, 12] });
    }

    function repaint() {
      Camgap.forgetColours();
      canvas.repaint();
      picked.repaint();
      labels.repaint();
    }

    function show(id, visible) {
      var layer = layers[id];
      layer.visible = visible;
      document.getElementById('show-' + id).checked = visible;
      if (markers[id]) markers[id][visible ? 'addTo' : 'removeFrom'](map);
      canvas.repaint();
      labels.repaint();
    }

    /* ---- picking ------------------------------------------------------------------------------------------------------- */

    /* What lies at a place: {id, feature}, or null. Small things before large ones. */
    function find(latlng, pixels) {
      var at = unit(latlng), reach = pixels / (256 * Math.pow(2, map.getZoom()));
      var order = ['cameras', 'streets', 'gaps', 'buildings', 'districts'];
      for (var i = 0; i < order.length; i++) {
        var layer = layers[order[i]];
        if (!layer || !layer.visible || !drawn(layer)) continue;
        var found = layer.data.at(at.x, at.y, layer.id === 'cameras' ? reach * 1.3 : reach);
        if (found.length) return { id: layer.id, feature: found[0] };
      }
      return null;
    }

    /* Is the zoom one at which the layer is drawn? (Tiles are drawn for the nearest whole zoom.) */
    function drawn(layer) {
      return Math.round(map.getZoom()) >= (layer.look.minZoom || 0);
    }

    function pick(latlng, pixels) {
      var found = find(latlng, pixels);
      if (!found) map.closePopup();
      else if (found.id === 'cameras') openCamera(found.feature);
      else if (found.id === 'streets') openStreet(found.feature, latlng);
      else if (found.id === 'gaps') openGap(found.feature, latlng);
      else open(latlng, found.id === 'buildings' ? Camgap.popups.building(layers.buildings.data, found.feature) : Camgap.popups.district(layers.districts.data, found.feature, planned), [[found.id, [found.feature]]]);
    }

    /* Open a popup and mark what it speaks of: `marked` is [[layer id, features], ...]. */
    function open(latlng, content, marked, above) {
      popup.options.offset = [0, above || 7];
      popup.setLatLng(latlng).setContent(content);
      if (!map.hasLayer(popup)) popup.openOn(map);
      picked.show(marked.filter(function (one) { return layers[one[0]]; }).map(function (one) { return { data: layers[one[0]].data, features: new Set(one[1]) }; }));
    }

    function openCamera(i) {
      var data = layers.cameras.data, views = layers.views ? layers.views.data.where('camera', data.get('id', i)) : [];
      open(latLngOf(data, i), Camgap.popups.camera(data, i), [['views', views], ['cameras', [i]]], 0);
    }

    function openSite(i) {
      var data = layers.sites.data, views = layers.proposed_views ? layers.proposed_views.data.where('rank', data.get('rank', i)) : [];
      open(latLngOf(data, i), Camgap.popups.site(data, i, currency()), [['proposed_views', views]], -8);
    }

    function currency() {
      return data.result.currency || '';
    }

    function openGap(i, latlng) {
      var data = layers.gaps.data, whole = map.getBounds().contains(boundsOf(data, i));
      var actions = whole ? [] : [['Zoom to the whole gap', function () { zoomTo('gaps', i); }]];
      open(latlng || middle(data, i), Camgap.popups.gap(data, i, actions), [['gaps', [i]]]);
    }

    function openStreet(i, latlng) {
      var streets = layers.streets.data, at = streets.nearest(i, unit(latlng).x, unit(latlng).y), place = latLng(at.x, at.y);
      var gap = featureHere('gaps', at, place), actions = [];
      if (gap !== null) actions.push(['Zoom to gap ' + layers.gaps.data.get('rank', gap), function () { zoomTo('gaps', gap); }]);
      open(place, Camgap.popups.street(streets, i, planned, [['At this point', hereText(at, place, gap)]], actions), [['streets', [i]]]);
    }

    function hereText(at, place, gap) {
      var covered = featureHere('covered', at, place);
      if (covered !== null) {
        var depth = layers.covered.data.get('depth', covered);
        return 'seen by ' + (depth >= 3 ? '3 or more cameras' : depth === 2 ? '2 cameras' : '1 camera') + (planned && depth > 1 ? ', new ones included' : '');
      }
      if (featureHere('gained', at, place) !== null) return 'newly covered by the proposal';
      return gap === null ? 'not covered' : 'not covered, part of gap ' + layers.gaps.data.get('rank', gap);
    }

    /* Feature of a line layer within a metre of a point of the unit square, or null. */
    function featureHere(id, at, place) {
      if (!layers[id]) return null;
      var metre = 1 / (40075016.7 * Math.cos((place.lat * Math.PI) / 180)), found = layers[id].data.at(at.x, at.y, metre);
      return found.length ? found[0] : null;
    }

    function zoomTo(id, i) {
      var data = layers[id].data;
      if (Camgap.isNarrow()) panel.setOpen(false);
      if (!data.partsOf(i).length) return;
      if (!layers[id].visible) show(id, true);
      if (id === 'sites') {
        map.setView(latLngOf(data, i), Math.max(map.getZoom(), 17), { animate: false });
        openSite(i);
        return;
      }
      map.fitBounds(boundsOf(data, i), { maxZoom: 17, padding: [40, 40], animate: false });
      if (id === 'gaps') openGap(i);
      else open(boundsOf(data, i).getCenter(), Camgap.popups.district(data, i, planned), [['districts', [i]]]);
    }

    /* All edges of one street name. */
    function zoomToStreet(i) {
      var data = layers.streets.data, edges = data.where('name', byStreet.get('name', i)).filter(function (edge) { return data.partsOf(edge).length; });
      if (Camgap.isNarrow()) panel.setOpen(false);
      if (!edges.length) return;
      var box = L.latLngBounds([]);
      edges.forEach(function (edge) { box.extend(boundsOf(data, edge)); });
      map.fitBounds(box, { maxZoom: 17, padding: [60, 60], animate: false });
      var middleOf = edges.map(function (edge) { return middle(data, edge); });
      var center = middleOf.reduce(function (a, b) { return box.getCenter().distanceTo(b) < box.getCenter().distanceTo(a) ? b : a; });
      open(center, Camgap.popups.wholeStreet(byStreet, i), [['streets', edges]]);
    }

    /* ---- the window ------------------------------------------------------------------------------------------------------ */

    function onScreen(group) {
      var view = map.getSize(), found = [];
      group.eachLayer(function (marker) {
        var at = map.latLngToContainerPoint(marker.getLatLng());
        if (at.x >= 0 && at.y >= 0 && at.x <= view.x && at.y <= view.y) found.push(marker.options.feature);
      });
      return found;
    }

    function onMove() {
      var size = map.getSize();
      map.getContainer().classList.toggle('crowded', Boolean(markers.sites) && onScreen(markers.sites).length > CROWDED * size.x * size.y);
      document.querySelectorAll('.far').forEach(function (note) { note.hidden = Math.round(map.getZoom()) >= Number(note.dataset.from); });
    }

    /* On paper: the same view in the light palette, at a size that fits the sheet, drawn before the print begins. */
    var screenView = null;

    function beforePrint() {
      screenView = { bounds: map.getBounds(), center: map.getCenter(), zoom: map.getZoom() };
      document.documentElement.classList.add('printing');
      map.invalidateSize({ animate: false, pan: false });
      map.fitBounds(screenView.bounds.contains(bounds) ? bounds : screenView.bounds, { animate: false });
      repaint();
      canvas.flush();
      picked.flush();
      labels.flush();
    }

    function afterPrint() {
      document.documentElement.classList.remove('printing');
      map.invalidateSize({ animate: false, pan: false });
      map.setView(screenView.center, screenView.zoom, { animate: false });
      repaint();
    }
  };

  /* ---- layers and markers -------------------------------------------------------------------------------------------------- */

  function makeLayers(definitions, planned) {
    var layers = {};
    Camgap.LOOKS.forEach(function (look) {
      if (!definitions[look.id] || !definitions[look.id].count) return;
      var data = new Camgap.Packed(definitions[look.id]);
      layers[look.id] = { id: look.id, data: data, look: look, note: look.note, visible: true, sample: Camgap.sample(look), styleOf: stylesOf(look, data), count: data.count, countOf: 'on the map' };
    });
    if (layers.streets) {
      layers.streets.count = countWhere(layers.streets.data, function (data, i) { return data.get('share', i) < 1; });
      layers.streets.countOf = 'street edges at least partly not covered';
    }
    if (layers.covered) {
      layers.covered.countOf = 'covered stretches';
      if (planned) layers.covered.note += ', new ones included';
    }
    if (layers.gained) layers.gained.countOf = 'newly covered stretches';
    if (layers.area) layers.area.count = null;
    if (definitions.sites && definitions.sites.count) {
      var sites = new Camgap.Packed(definitions.sites);
      layers.sites = { id: 'sites', data: sites, look: { group: 'Proposal', title: 'New camera', styles: [] }, note: 'numbered in building order', visible: true, sample: el('span', { class: 'sample badge site-badge', 'aria-hidden': 'true' }, '1'), count: sites.count, countOf: 'proposed sites' };
    }
    if (layers.streets) {
      layers.names = { id: 'names', look: { group: 'Ground', title: 'Street names' }, visible: true, sample: el('span', { class: 'sample letters', 'aria-hidden': 'true' }, 'Abc'), count: null };
    }
    return layers;
  }

  function stylesOf(look, data) {
    if (!look.styleOf) return null;
    var styles = new Uint8Array(data.count);
    for (var i = 0; i < data.count; i++) styles[i] = look.styleOf(data, i);
    return styles;
  }

  function countWhere(data, test) {
    var n = 0;
    for (var i = 0; i < data.count; i++) if (test(data, i)) n++;
    return n;
  }

  function labelSources(layers) {
    return {
      districts: layers.districts,
      streets: layers.streets && { data: layers.streets.data, get visible() { return layers.names.visible; } }
    };
  }

  function siteMarkers(layer, act) {
    return L.layerGroup(features(layer.data).map(function (i) {
      var rank = layer.data.get('rank', i), azimuth = layer.data.get('azimuth', i);
      var pin = el('span', { class: 'pin' }, el('b', {}, String(rank)));
      if (azimuth !== null) pin.prepend(el('i', { style: 'transform:rotate(' + azimuth + 'deg)' }));
      var icon = L.divIcon({ className: 'site', html: pin, iconSize: [28, 28] });
      return named(L.marker(latLngOf(layer.data, i), { icon: icon, zIndexOffset: 3000 - 2 * rank, feature: rank }), 'Proposed site ' + rank, function () { act(i); });
    }));
  }

  function gapBadges(layer, act) {
    var largest = features(layer.data).filter(function (i) { return layer.data.get('rank', i) <= BADGES; });
    return L.layerGroup(largest.map(function (i) {
      var rank = layer.data.get('rank', i), icon = L.divIcon({ className: 'gap-mark', html: el('span', { class: 'badge gap-badge' }, String(rank)), iconSize: [22, 20] });
      return named(L.marker(middle(layer.data, i), { icon: icon, feature: rank }), 'Gap ' + rank, function () { act(i); });
    }));
  }

  /* A marker that says what it is to whoever cannot see it, and answers click and Enter. */
  function named(marker, name, act) {
    marker.on('add', function () { marker.getElement().setAttribute('aria-label', name); });
    marker.on('click', act);
    marker.on('keydown', function (event) { if (event.originalEvent.key === 'Enter') act(); });
    return marker;
  }

  function features(data) {
    return Array.from({ length: data.count }, function (_, i) { return i; }).filter(function (i) { return data.partsOf(i).length; });
  }

  function pickedCanvas(map) {
    map.createPane('picked').style.zIndex = 420;
    map.getPane('picked').style.pointerEvents = 'none';
    var canvas = new Camgap.Canvas([], { pane: 'picked' });
    canvas.show = function (marked) {
      canvas.layers = marked.map(function (one) { return { data: one.data, look: Camgap.PICKED[one.data.kind], visible: true, only: one.features }; });
      canvas.repaint();
    };
    return canvas;
  }

  function furnish(map, home) {
    var zoom = L.control.zoom({ position: 'topright' }).addTo(map);
    var icon = Camgap.svg('svg', { viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' });
    icon.append(Camgap.svg('path', { d: 'M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4', fill: 'none', stroke: 'currentColor', 'stroke-width': 2 }));
    var whole = el('a', { href: '#', role: 'button', class: 'home', title: 'Whole study area', 'aria-label': 'Whole study area' }, icon);
    L.DomEvent.on(whole, 'click', L.DomEvent.stop).on(whole, 'click', home);
    zoom.getContainer().append(whole);
    L.control.scale({ position: Camgap.isNarrow() ? 'topleft' : 'bottomleft', imperial: false, maxWidth: 140 }).addTo(map);
    map.attributionControl.setPrefix(false);
    map.attributionControl.addAttribution('© <a href="https://www.openstreetmap.org/copyright" target="_blank" rel="noopener noreferrer">OpenStreetMap</a> contributors · camgap, Leaflet');
  }

  /* ---- places ---------------------------------------------------------------------------------------------------------------- */

  function unit(latlng) {
    return { x: latlng.lng / 360 + 0.5, y: Camgap.mercatorY(latlng.lat) };
  }

  function latLng(x, y) {
    return L.CRS.EPSG3857.pointToLatLng(L.point(256 * x, 256 * y), 0);
  }

  function latLngOf(data, i) {
    var at = data.first[data.partsOf(i)[0]];
    return latLng(data.xy[2 * at], data.xy[2 * at + 1]);
  }

  function boundsOf(data, i) {
    var box = data.boxOf(i);
    return L.latLngBounds(latLng(box[0], box[3]), latLng(box[2], box[1]));
  }

  /* The place on a line feature nearest to the middle of its box. */
  function middle(data, i) {
    var box = data.boxOf(i), at = data.nearest(i, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2);
    return latLng(at.x, at.y);
  }
})();
