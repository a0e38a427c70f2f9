/* Puts the page together: packed layers on two canvases, markers, panel, dock, popups, and the state that binds them.
 * `window.camgap` is its handle from outside. */
(function () {
  'use strict';

  var el = Camgap.el, t = Camgap.t;
  var CROWDED = 1 / 13000; // sites per square pixel above which markers shrink

  Camgap.start = function (map, data) {
    Camgap.learn(data.words);
    Camgap.speak(data.lang);
    var planned = Boolean(data.result.after); // streets and districts then have their share after the plan
    var byShare = data.result.edition === 'public'; // such a run tells no stretches in view
    var layers = Camgap.makeLayers(data.layers, byShare), bounds = L.latLngBounds(data.bounds), seen = {}, told = {};
    Camgap.STRETCHES.forEach(function (id) { if (layers[id]) seen[id] = new Camgap.Seen(layers[id].data, Camgap.retiredBy(layers)); });
    data.themes.forEach(function (theme) { if (theme.layer) told[theme.id] = new Camgap.Told(theme, layers[theme.layer].data); });
    var unplaced = (data.result.existing_cameras || {}).changed || 0; // measures of which a public edition tells the number, not where
    var measures = (layers.sites ? layers.sites.count : 0) + unplaced;
    var steps = Camgap.stepsOf(data.curve, planned ? measures : 0), last = steps.length - 1;
    var filters = Camgap.filtersOf(layers, data.result.phases || []), phases = filters.filter(function (filter) { return filter.id === 'phase'; }).flatMap(function (filter) { return filter.values; });
    var defaults = { step: last, theme: 'coverage', least: 0, light: 'day', status: '', source: '', phase: '', mode: null, lang: data.lang };
    var state = Object.assign({}, defaults), system = window.matchMedia('(prefers-color-scheme: dark)');
    var districtsToday = new Map(((data.result.before || {}).by_district || []).map(function (row) { return [row.name, row.share]; }));
    var styledBy = {}, moving = false, panel = null, dock = null, writing = 0;

    var page = {
      map: map, layers: layers, result: data.result, planned: planned, seen: seen, told: told, steps: steps, state: state, themes: data.themes, filters: filters, phases: phases,
      kind: unplaced || Camgap.actsOtherwise(layers.sites) ? '_mixed' : '', // which words tell of the plan: all new cameras, or other measures too
      siteKind: Camgap.actsOtherwise(layers.sites) ? '_mixed' : '', measures: measures, unplaced: unplaced, // the same of the sites on the map
      hasCurve: data.curve.length > 1, byStreet: new Camgap.Packed(data.by_street),
      title: function () { return data.title === data.words[data.lang].title ? t('title') : data.title; },
      sites: function () { return steps[state.step].sites; },
      stepNow: function () { return steps[state.step]; },
      isToday: function () { return planned && state.step === 0; },
      passes: function (id, i) { return Camgap.passes(filters, state, id, layers[id].data, i); },
      themeNow: function () { return data.themes.find(function (theme) { return theme.id === state.theme; }); },
      isDark: function () { return (state.mode || (system.matches ? 'dark' : 'light')) === 'dark'; },
      notes: function (rank) { return data.notes[rank] || {}; },
      inset: function () { return dock && !isPrinting() ? dock.offsetHeight + 24 : 0; },
      folded: function () { if (Camgap.isNarrow()) panel.setOpen(false); },
      resized: function () { map.invalidateSize({ animate: false, pan: false }); },
      reach: function (rank) { if (page.sites() < rank) change({ step: steps.findIndex(function (step) { return step.sites >= rank; }) }); },
      show: show, change: change
    };

    var below = new Camgap.Canvas(painted(false), { pane: 'tilePane' }), above = new Camgap.Canvas(painted(true), { pane: 'above', atOnce: true });
    var labels = new Camgap.Labels(Camgap.labelSources(layers, districtShare)), picking = Camgap.picking(page);
    page.zoomTo = picking.zoomTo;
    page.zoomToStreet = picking.zoomToStreet;
    page.searched = searched();
    var canvases = [below, above, picking.outline], markers = {
      sites: layers.sites ? Camgap.siteMarkers(layers.sites.data, phases, function (i, from) { picking.openSite(i, from); }) : null,
      gaps: layers.gaps ? Camgap.gapMarkers(layers.gaps.data, function (i, from) { picking.openGap(i, null, from); }) : null
    };

    map.createPane('above').style.zIndex = 210;
    map.getPane('above').style.pointerEvents = 'none';
    var controls = furnish(map, home);
    follow(Camgap.readLink(location.hash, allowed()));
    canvases.concat(labels).forEach(function (layer) { layer.addTo(map); });
    Object.keys(markers).forEach(function (id) { if (markers[id] && layers[id].visible) markers[id].addTo(map); });
    map.on('click', function (event) { picking.pick(event.latlng, event.originalEvent.pointerType === 'touch' ? 16 : 8); });
    map.on('keydown', function (event) { if (event.originalEvent.key === 'Enter' && event.originalEvent.target === map.getContainer()) picking.pick(map.getCenter(), 16, map.getContainer()); });
    map.on('mousemove', L.Util.throttle(function (event) { map.getContainer().classList.toggle('over', Boolean(picking.find(event.latlng, 6))); }, 60));
    map.on('movestart', function () { moving = true; });
    map.on('moveend', function () { moving = false; });
    map.on('zoomend moveend', onMove);
    system.addEventListener('change', function () { if (!state.mode) change({ mode: null }); });
    window.addEventListener('hashchange', function (event) {
      var wanted = new URL(event.newURL).hash; // the address may have been written over since
      if (wanted !== link()) follow(Camgap.readLink(wanted, allowed()));
    });
    window.addEventListener('beforeprint', beforePrint);
    window.addEventListener('afterprint', afterPrint);
    onMove();
    var ready = idle();
    ready.then(readAhead);

    window.camgap = {
      map: map, layers: layers, state: state, steps: steps, idle: idle, drawn: drawn, home: home, show: show, change: change, zoomTo: picking.zoomTo, popup: picking.popup, districtShare: districtShare,
      ready: ready,
      sitesOnScreen: function () { return markers.sites && map.hasLayer(markers.sites) ? onScreen(markers.sites) : []; },
      gapsOnScreen: function () { return markers.gaps && map.hasLayer(markers.gaps) ? onScreen(markers.gaps) : []; }
    };

    function drawn() {
      return !moving && canvases.every(function (canvas) { return canvas.idle(); }) && labels.idle();
    }

    /* Resolves when everything that shall be seen has been drawn. */
    function idle() {
      return new Promise(function (resolve) {
        (function look() {
          if (drawn()) resolve();
          else requestAnimationFrame(look);
        })();
      });
    }

    /* Read, while nothing else is to be done, what the first picture had no need of. */
    function readAhead() {
      var waiting = Object.values(layers).filter(function (layer) { return layer.data; });
      (function next() {
        if (waiting.length) waiting.shift().data.read();
        if (waiting.length) (window.requestIdleCallback || setTimeout)(next);
      })();
    }

    /* Show the whole study area. */
    function home() {
      map.fitBounds(bounds, { animate: false, paddingTopLeft: [12, 12], paddingBottomRight: [12, 12 + page.inset()] });
    }

    /* ---- state ----------------------------------------------------------------------------------------------------------- */

    /* Change some of the state; everything that depends on it follows. */
    function change(wanted) {
      wanted = together(wanted);
      var refiltered = filters.some(function (filter) { return filter.id in wanted; });
      Object.assign(state, wanted);
      if ('lang' in wanted) Camgap.speak(state.lang);
      if ('mode' in wanted) document.documentElement.dataset.mode = page.isDark() ? 'dark' : 'light';
      if ('lang' in wanted || 'mode' in wanted || !panel) rebuild();
      else {
        panel.follow(wanted);
        if (dock && 'step' in wanted) dock.toStep();
      }
      if ('lang' in wanted) map.closePopup();
      if ('mode' in wanted) recolour();
      else if (!('lang' in wanted) || 'step' in wanted) paint();
      if (('step' in wanted || refiltered) && markers.sites) markers.sites.showOnly(function (i) { return layers.sites.data.get('rank', i) <= page.sites() && page.passes('sites', i); });
      write();
      crowd();
    }

    /* A theme that is told of today and of the whole proposal alone is shown at the first and the last step only. */
    function together(wanted) {
      var theme = data.themes.find(function (one) { return one.id === ('theme' in wanted ? wanted.theme : state.theme); });
      if (!theme || !theme.layer || told[theme.id].everyStep) return wanted;
      var step = 'step' in wanted ? wanted.step : state.step;
      if (step === last || (step === 0 && Camgap.knowsToday(theme))) return wanted;
      if (wanted.theme && state.theme !== wanted.theme) return Object.assign({}, wanted, { step: last });
      return 'step' in wanted ? Object.assign({}, wanted, { theme: 'coverage', least: 0 }) : wanted;
    }

    /* Take up what a link says; what it does not say is as by default. */
    function follow(link) {
      Object.values(layers).forEach(function (layer) { layer.visible = !link.hide.includes(layer.id); });
      var wanted = Object.assign({}, defaults);
      Object.keys(defaults).forEach(function (name) { if (name in link) wanted[name] = link[name]; });
      change(wanted);
      if (link.view) map.setView([link.view[1], link.view[2]], link.view[0], { animate: false });
      else home();
    }

    function allowed() {
      var classes = { coverage: 1 };
      data.themes.forEach(function (theme) { classes[theme.id] = Camgap.classCount(theme); });
      var choices = {};
      filters.forEach(function (filter) { choices[filter.id] = filter.values; });
      return { steps: steps.length, themes: classes, filters: choices, lights: ['day', 'night'], layers: Object.keys(layers).filter(function (id) { return layers[id].look.group; }), languages: Camgap.languages() };
    }

    /* The address of what is shown. */
    function link() {
      var centre = map.getCenter(), differs = { hide: Object.keys(layers).filter(function (id) { return !layers[id].visible; }), view: [map.getZoom(), centre.lat, centre.lng] };
      Object.keys(defaults).forEach(function (name) { if (state[name] !== defaults[name]) differs[name] = state[name]; });
      return Camgap.writeLink(differs);
    }

    /* Write it, once things have come to rest: browsers allow only so many changes of an address in a while. */
    function write() {
      clearTimeout(writing);
      writing = setTimeout(function () {
        try {
          history.replaceState(null, '', link());
        } catch (error) {
          if (error.name !== 'SecurityError') throw error; // a page without an address of its own, such as a preview in a mail
        }
      }, 250);
    }

    /* Make panel and dock anew, in the language and colours of the state, with tab and focus as they were. */
    function rebuild() {
      var tab = document.querySelector('[role=tab][aria-selected=true]'), focus = document.activeElement && document.activeElement.id;
      var closed = panel ? document.body.classList.contains('panel-closed') : Camgap.isNarrow();
      if (panel) panel.remove();
      if (dock) dock.remove();
      panel = Camgap.panel(page);
      dock = Camgap.dock(page);
      document.body.prepend(panel);
      if (dock) panel.after(dock);
      document.body.classList.toggle('docked', Boolean(dock));
      panel.setOpen(!closed);
      if (tab && document.getElementById(tab.id)) document.getElementById(tab.id).click();
      if (focus && document.getElementById(focus)) document.getElementById(focus).focus();
      else if (focus && focus.startsWith('lang-')) document.querySelector('[id^=lang-]').focus();
      map.getContainer().setAttribute('aria-label', t('map'));
      document.title = page.title();
      controls.rename();
      Object.values(markers).forEach(function (group) { if (group) group.rename(); });
      notes();
    }

    /* ---- drawing --------------------------------------------------------------------------------------------------------- */

    function painted(isAbove) {
      return Camgap.LOOKS.map(function (look) { return layers[look.id]; }).filter(function (layer) { return layer && Boolean(layer.look.above) === isAbove; });
    }

    /* Give every stretch, and every view proposed, its style at this step and in this theme. */
    function paint() {
      var sites = page.sites(), theme = page.themeNow(), least = state.least, touched = [];
      Object.keys(seen).forEach(function (id) {
        var layer = layers[id], one = seen[id], own = layer.look.own;
        restyle(layer, touched, function (i) {
          if (theme && theme.layer) return Camgap.HIDDEN;
          var depth = one.inView(i, sites) ? one.depth(i, sites) : 0;
          if (!depth) return id === 'lost' ? 0 : Camgap.HIDDEN;
          return theme ? Camgap.styleAt(theme, Camgap.classAt(theme, depth), least, own) : layer.look.plain(depth);
        });
      });
      data.themes.filter(function (one) { return one.layer; }).forEach(function (one) {
        var said = told[one.id], light = state.light, today = page.isToday();
        if (isNew(one.layer, one === theme ? [light, least, said.state(sites, today)].join() : 'hidden')) restyle(layers[one.layer], touched, function (i) {
          return one === theme ? Camgap.styleAt(one, said.classOf(i, light, sites, today), least, 0) : Camgap.HIDDEN;
        });
      });
      if (layers.proposed_views) {
        var ranks = shownOf('sites', 'rank');
        restyle(layers.proposed_views, touched, function (i) {
          var rank = layers.proposed_views.data.get('rank', i);
          return rank <= sites && (!ranks || ranks.has(rank)) ? 0 : Camgap.HIDDEN;
        });
      }
      if (isNew('cameras', JSON.stringify([state.status, state.source]))) paintCameras(touched);
      if (byShare) paintStreets();
      if (layers.districts && isNew('districts', [0, last].indexOf(state.step))) labels.repaint();
      above.repaint(touched);
    }

    /* Covered share of a district, today or with the whole proposal; what it is in between a run does not tell. */
    function districtShare(i) {
      var districts = layers.districts.data;
      if (state.step === last) return districts.get('share', i);
      var today = state.step === 0 && districtsToday.get(districts.get('name', i));
      return typeof today === 'number' ? today : null;
    }

    /* Whole streets by their covered share, today or with the proposal. */
    function paintStreets() {
      var data = layers.streets.data, column = page.isToday() && data.has('share_today') ? 'share_today' : 'share', beneath = [];
      restyle(layers.streets, beneath, function (i) { return Camgap.shareStyle(data.get(column, i)); });
      if (beneath.length) below.repaint(beneath);
    }

    /* Dots and views of the cameras that pass the filters. */
    function paintCameras(touched) {
      var ids = shownOf('cameras', 'id'), beneath = [];
      if (layers.cameras) restyle(layers.cameras, touched, function (i) { return page.passes('cameras', i) ? layers.cameras.look.styleOf(layers.cameras.data, i) : Camgap.HIDDEN; });
      if (layers.views) restyle(layers.views, beneath, function (i) { return !ids || ids.has(layers.views.data.get('camera', i)) ? 0 : Camgap.HIDDEN; });
      if (beneath.length) below.repaint(beneath);
    }

    /* Values of a column of the features that pass the filters; null where all do. */
    function shownOf(id, column) {
      if (!filters.some(function (filter) { return filter.layer === id && state[filter.id]; })) return null;
      var data = layers[id].data, shown = new Set();
      for (var i = 0; i < data.count; i++) if (page.passes(id, i)) shown.add(data.get(column, i));
      return shown;
    }

    /* Is a layer to be styled by something else than the last time? */
    function isNew(id, by) {
      if (styledBy[id] === by) return false;
      styledBy[id] = by;
      return true;
    }

    /* Give features their style; what changes is noted in `touched`. */
    function restyle(layer, touched, styleOf) {
      var styles = layer.styleOf, changed = [];
      for (var i = 0; i < styles.length; i++) {
        var style = styleOf(i);
        if (style !== styles[i]) changed.push(i);
        styles[i] = style;
      }
      if (changed.length && layer.visible) touched.push([layer.data, changed]);
    }

    function recolour() {
      Camgap.forgetColours();
      paint();
      canvases.concat(labels).forEach(function (canvas) { if (canvas._map) canvas.repaint(); });
    }

    function show(id, visible) {
      var layer = layers[id];
      layer.visible = visible;
      if (document.getElementById('show-' + id)) document.getElementById('show-' + id).checked = visible; // not there while a theme takes its place
      if (markers[id]) markers[id][visible ? 'addTo' : 'removeFrom'](map);
      (layer.look.above ? above : below).repaint();
      labels.repaint();
      write();
    }

    /* ---- the window ------------------------------------------------------------------------------------------------------ */

    function searched() {
      var sources = [{ kind: 'street', data: page.byStreet, names: ['name'], act: picking.zoomToStreet }];
      [['camera', 'cameras', ['name', 'id']], ['site', 'sites', ['id', 'street']], ['district', 'districts', ['name']]].forEach(function (one) {
        if (layers[one[1]]) sources.push({ kind: one[0], data: layers[one[1]].data, names: one[2], act: function (i) { picking.zoomTo(one[1], i); } });
      });
      return sources;
    }

    function onScreen(group) {
      var view = map.getSize(), found = [];
      group.eachLayer(function (marker) {
        var at = map.latLngToContainerPoint(marker.getLatLng());
        if (at.x >= 0 && at.y >= 0 && at.x <= view.x && at.y <= view.y) found.push(marker.options.feature);
      });
      return found;
    }

    function crowd() {
      var size = map.getSize();
      map.getContainer().classList.toggle('crowded', Boolean(markers.sites) && onScreen(markers.sites).length > CROWDED * size.x * size.y);
    }

    function notes() {
      document.querySelectorAll('.far').forEach(function (note) { note.hidden = Math.round(map.getZoom()) >= Number(note.dataset.from); });
    }

    function onMove() {
      crowd();
      notes();
      write();
    }

    /* On paper: the same view in the light palette, at a size that fits the sheet, drawn before the print begins. */
    var screenView = null;

    function isPrinting() {
      return document.documentElement.classList.contains('printing');
    }

    function beforePrint() {
      screenView = { bounds: map.getBounds(), center: map.getCenter(), zoom: map.getZoom() };
      document.documentElement.classList.add('printing');
      page.resized();
      map.fitBounds(screenView.bounds.contains(bounds) ? bounds : screenView.bounds, { animate: false });
      recolour();
      canvases.concat(labels).forEach(function (canvas) { canvas.flush(); });
    }

    function afterPrint() {
      document.documentElement.classList.remove('printing');
      page.resized();
      map.setView(screenView.center, screenView.zoom, { animate: false });
      recolour();
    }
  };

  function furnish(map, home) {
    var zoom = L.control.zoom({ position: 'topright' }).addTo(map);
    var icon = Camgap.svg('svg', { viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' });
    icon.append(Camgap.svg('path', { d: 'M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4', fill: 'none', stroke: 'currentColor', 'stroke-width': 2 }));
    var whole = el('a', { href: '#', role: 'button', class: 'home' }, icon);
    L.DomEvent.on(whole, 'click', L.DomEvent.stop).on(whole, 'click', home);
    zoom.getContainer().append(whole);
    L.control.scale({ position: Camgap.isNarrow() ? 'topleft' : 'bottomleft', imperial: false, maxWidth: 140 }).addTo(map);
    map.attributionControl.setPrefix(false);
    var credit = null;
    return {
      rename: function () {
        var buttons = zoom.getContainer().querySelectorAll('a');
        [['zoom_in', 0], ['zoom_out', 1], ['whole_area', 2]].forEach(function (one) {
          buttons[one[1]].title = t(one[0]);
          buttons[one[1]].setAttribute('aria-label', t(one[0]));
        });
        if (credit) map.attributionControl.removeAttribution(credit);
        credit = '© <a href="https://www.openstreetmap.org/copyright" target="_blank" rel="noopener noreferrer">OpenStreetMap</a> ' + t('credit');
        map.attributionControl.addAttribution(credit);
      }
    };
  }
})();
