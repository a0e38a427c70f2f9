/* What lies at a place of the map, and the popup that tells of it. */
(function () {
  'use strict';

  var el = Camgap.el, t = Camgap.t, places = Camgap.places;
  var LEAST = 140, AROUND = 116; // height of a popup's content at least; of its frame, tip and distance from the map's edges [px]

  /* page: {map, layers, result, planned, seen: {covered, gained}, byStreet, notes, sites(), state, themes, show(id, bool), folded()} */
  Camgap.picking = function (page) {
    var map = page.map, layers = page.layers, outline = outlineCanvas(map), opener = null;
    var popup = L.popup({ maxWidth: 280, minWidth: 280, autoPanPadding: [24, 24], className: 'camgap-popup' });
    map.on('popupclose', function () {
      outline.show([]);
      if (opener && opener.isConnected) opener.focus();
      opener = null;
    });

    /* What lies at a place: {id, feature}, or null. Small things before large ones. */
    function find(latlng, pixels) {
      var at = places.unit(latlng), reach = pixels / (256 * Math.pow(2, map.getZoom()));
      var order = ['cameras', 'streets', 'gaps', 'buildings', 'districts'];
      for (var i = 0; i < order.length; i++) {
        var layer = layers[order[i]];
        if (!layer || !layer.visible || !drawn(layer)) continue;
        var found = layer.id === 'cameras' ? layer.data.at(at.x, at.y, reach * 1.3, function (i) { return page.passes('cameras', i); }) : layer.data.at(at.x, at.y, reach);
        if (found.length) return { id: layer.id, feature: found[0] };
      }
      return null;
    }

    /* Is the zoom one at which the layer is drawn? (Tiles are drawn for the nearest whole zoom.) */
    function drawn(layer) {
      return Math.round(map.getZoom()) >= (layer.look.minZoom || 0);
    }

    function pick(latlng, pixels, from) {
      var found = find(latlng, pixels);
      if (!found) map.closePopup();
      else if (found.id === 'cameras') openCamera(found.feature, from);
      else if (found.id === 'streets') openStreet(found.feature, latlng, from);
      else if (found.id === 'gaps') openGap(found.feature, latlng, from);
      else open(latlng, found.id === 'buildings' ? Camgap.popups.building(layers.buildings.data, found.feature) : district(found.feature), [[found.id, [found.feature]]], 7, from);
    }

    /* Open a popup and mark what it speaks of: `marked` is [[layer id, features], ...]. Where the keyboard asked (`from`, the
     * element it was on), the popup takes the focus and gives it back. */
    function open(latlng, content, marked, above, from) {
      var inside = popup.isOpen() && popup.getElement().contains(document.activeElement);
      popup.options.offset = [0, above];
      popup.options.maxHeight = Math.max(LEAST, map.getSize().y - page.inset() - AROUND);
      popup.options.autoPanPaddingBottomRight = [24, 24 + page.inset()];
      popup.setLatLng(latlng).setContent(content);
      if (!map.hasLayer(popup)) popup.openOn(map);
      popup.getElement().onkeydown = function (event) { if (event.key === 'Escape') map.closePopup(); }; // Leaflet hears it only on the map itself
      var close = popup.getElement().querySelector('.leaflet-popup-close-button');
      close.setAttribute('aria-label', t('close'));
      outline.show(marked.filter(function (one) { return layers[one[0]]; }).map(function (one) { return { data: layers[one[0]].data, features: new Set(one[1]) }; }));
      readable(popup.getElement().querySelector('.leaflet-popup-content'), content.querySelector('h2'));
      opener = from || opener;
      if (from || inside) content.querySelector('h2').focus();
    }

    /* What does not fit is scrolled, by the keyboard too. */
    function readable(box, heading) {
      var tall = box.scrollHeight > box.clientHeight;
      [['tabindex', '0'], ['role', 'group'], ['aria-label', heading.textContent]].forEach(function (one) {
        if (tall) box.setAttribute(one[0], one[1]);
        else box.removeAttribute(one[0]);
      });
    }

    /* What a list or the search was asked by, to take the focus back; a button in the popup itself will be gone by then. */
    function asker() {
      var active = document.activeElement;
      return active && active !== document.body && !(popup.isOpen() && popup.getElement().contains(active)) ? active : null;
    }

    /* What is told of a district: today's share too, where something is proposed. */
    function district(i) {
      var data = layers.districts.data, name = data.get('name', i);
      var today = page.planned ? (page.result.before.by_district || []).find(function (row) { return row.name === name; }) : null;
      return Camgap.popups.district(data, i, page.planned, today);
    }

    function openCamera(i, from) {
      var data = layers.cameras.data, views = layers.views ? layers.views.data.where('camera', data.get('id', i)) : [];
      open(places.of(data, i), Camgap.popups.camera(data, i), [['views', views], ['cameras', [i]]], 0, from);
    }

    function openSite(i, from) {
      var data = layers.sites.data, views = layers.proposed_views ? layers.proposed_views.data.where('rank', data.get('rank', i)) : [];
      open(places.of(data, i), Camgap.popups.site(data, i, page.result.currency || '', page.notes(data.get('rank', i))), [['proposed_views', views]], -8, from);
    }

    function openGap(i, latlng, from) {
      var data = layers.gaps.data, whole = map.getBounds().contains(places.bounds(data, i));
      var actions = whole ? [] : [[t('zoom_whole_gap'), function () { zoomTo('gaps', i); }]];
      open(latlng || places.middle(data, i), Camgap.popups.gap(data, i, actions), [['gaps', [i]]], 7, from);
    }

    function openStreet(i, latlng, from) {
      var streets = layers.streets.data, unit = places.unit(latlng), at = streets.nearest(i, unit.x, unit.y), place = places.latLng(at.x, at.y);
      var gap = featureHere('gaps', at, place), actions = [];
      if (gap !== null) actions.push([t('zoom_gap', { n: layers.gaps.data.get('rank', gap) }), function () { zoomTo('gaps', gap); }]);
      open(place, Camgap.popups.street(streets, i, page.planned, here(at, place, gap), actions), [['streets', [i]]], 7, from);
    }

    /* Rows on who sees the very place picked at the step shown, and how well. */
    function here(at, place, gap) {
      var sites = page.sites(), found = stretchHere(at, place, sites), rows = [];
      if (found) {
        var depth = found.seen.depth(found.feature, sites);
        rows.push(['here', found.id === 'gained' ? t('here_new') : t('here_seen', { n: depth })],
          ['seen_by', seers(found.seen.cameras(found.feature, sites), found.seen.ranks(found.feature, sites))]);
      } else rows.push(['here', whyNot(at, place, gap)]);
      return rows.concat(page.themes.filter(function (theme) { return theme.layer; }).map(function (theme) { return [theme.id, valueHere(theme, at, place)]; }));
    }

    function whyNot(at, place, gap) {
      var later = stretchHere(at, place, Infinity), lost = featureHere('lost', at, place);
      if (later) return t('here_later', { n: later.seen.first(later.feature) });
      if (lost !== null) return t('here_lost');
      return gap === null ? t('here_not') : t('here_gap', { n: layers.gaps.data.get('rank', gap) });
    }

    /* What a theme says of a place: by day and by night where that differs. */
    function valueHere(theme, at, place) {
      var i = featureHere(theme.layer, at, place);
      if (i === null) return null;
      return Object.keys(theme.columns).map(function (light) {
        var value = page.told[theme.id].value(i, light, page.sites(), page.isToday());
        var said = value === null || value === '' ? '–' : theme.bounds ? Camgap.percent(value) : Camgap.term(value);
        return light ? t('light_' + light) + ' ' + said : said;
      }).join(' · ');
    }

    /* Who sees a stretch: cameras and sites, each leading to itself. */
    function seers(cameras, ranks) {
      var buttons = cameras.map(function (id) {
        var i = layers.cameras ? layers.cameras.data.where('id', id)[0] : undefined;
        return i === undefined ? Camgap.given(id) : linked(Camgap.given(id), t('show_camera', { id: id }), function () { openCamera(i); });
      }).concat(ranks.map(function (rank) {
        var i = layers.sites ? layers.sites.data.where('rank', rank)[0] : undefined, name = t('site_n', { n: rank });
        return i === undefined ? name : linked(name, t('show_site', { n: rank }), function () { openSite(i); });
      }));
      return buttons.length ? el('ul', { class: 'seers' }, ...buttons.map(function (one) { return el('li', {}, one); })) : null;
    }

    function linked(text, name, act) {
      var button = Camgap.popups.button([text, act]);
      button.setAttribute('aria-label', name);
      return button;
    }

    /* The stretch in view at a point: {id, feature, seen}; null where there is none. */
    function stretchHere(at, place, sites) {
      var found = null;
      Object.keys(page.seen).forEach(function (id) {
        if (found) return;
        var seen = page.seen[id], feature = featureHere(id, at, place, function (i) { return seen.inView(i, sites); });
        if (feature !== null) found = { id: id, feature: feature, seen: seen };
      });
      return found;
    }

    /* Feature of a line layer within a metre of a point of the unit square, or null. */
    function featureHere(id, at, place, wanted) {
      if (!layers[id]) return null;
      var found = layers[id].data.at(at.x, at.y, places.metre(place.lat), wanted);
      return found.length ? found[0] : null;
    }

    /* Show a feature of a layer and open its popup. */
    function zoomTo(id, i) {
      var data = layers[id].data, from = asker();
      page.folded();
      if (!data.partsOf(i).length) return;
      if (!layers[id].visible) page.show(id, true);
      if (id === 'sites' || id === 'cameras') {
        if (id === 'sites') page.reach(data.get('rank', i));
        if (!page.passes(id, i)) page.change(id === 'sites' ? { phase: '' } : { status: '', source: '' });
        map.setView(places.of(data, i), Math.max(map.getZoom(), 17), { animate: false });
        return id === 'sites' ? openSite(i, from) : openCamera(i, from);
      }
      map.fitBounds(places.bounds(data, i), { maxZoom: 17, paddingTopLeft: [40, 40], paddingBottomRight: [40, 40 + page.inset()], animate: false });
      if (id === 'gaps') return openGap(i, null, from);
      return open(places.bounds(data, i).getCenter(), district(i), [['districts', [i]]], 7, from);
    }

    /* All edges of one street name; `i` is its row in the result's streets by name. */
    function zoomToStreet(i) {
      var data = layers.streets.data, edges = data.where('name', page.byStreet.get('name', i)).filter(function (edge) { return data.partsOf(edge).length; });
      var from = asker();
      page.folded();
      if (!edges.length) return;
      var box = L.latLngBounds([]);
      edges.forEach(function (edge) { box.extend(places.bounds(data, edge)); });
      map.fitBounds(box, { maxZoom: 17, paddingTopLeft: [60, 60], paddingBottomRight: [60, 60 + page.inset()], animate: false });
      var middles = edges.map(function (edge) { return places.middle(data, edge); });
      var center = middles.reduce(function (a, b) { return box.getCenter().distanceTo(b) < box.getCenter().distanceTo(a) ? b : a; });
      open(center, Camgap.popups.wholeStreet(page.byStreet, i), [['streets', edges]], 7, from);
    }

    return { find: find, pick: pick, openSite: openSite, openGap: openGap, zoomTo: zoomTo, zoomToStreet: zoomToStreet, popup: popup, outline: outline };
  };

  function outlineCanvas(map) {
    map.createPane('picked').style.zIndex = 420;
    map.getPane('picked').style.pointerEvents = 'none';
    var canvas = new Camgap.Canvas([], { pane: 'picked' });
    canvas.show = function (marked) {
      canvas.layers = marked.map(function (one) { return { data: one.data, look: Camgap.PICKED[one.data.kind], visible: true, only: one.features }; });
      canvas.repaint();
    };
    return canvas;
  }
})();
