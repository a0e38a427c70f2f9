/* Markers of proposed sites and of the largest gaps: named for whoever cannot see them, they answer click and Enter. */
(function () {
  'use strict';

  var el = Camgap.el, places = Camgap.places;
  var BADGES = 10; // gaps numbered on the map

  /* Markers of all sites, their shape by phase; `showOnly(wanted)` shows those for which that holds, `rename()` follows the language. */
  Camgap.siteMarkers = function (data, phases, act) {
    var group = L.layerGroup(), all = places.features(data).map(function (i) {
      var rank = data.get('rank', i), azimuth = data.get('azimuth', i), phase = phases.length ? phases.indexOf(data.get('phase', i)) : -1;
      var pin = el('span', { class: 'pin' + (phase < 0 ? '' : ' phase-' + (phase % 4)) }, el('b', {}, String(rank)));
      if (azimuth !== null) pin.prepend(el('i', { style: 'transform:rotate(' + azimuth + 'deg)' }));
      var icon = L.divIcon({ className: 'site', html: pin, iconSize: [28, 28] });
      return named(L.marker(places.of(data, i), { icon: icon, zIndexOffset: 3000 - 2 * rank, feature: rank, row: i }), 'proposed_site_n', act.bind(null, i));
    });
    group.showOnly = function (wanted) {
      all.forEach(function (marker) {
        var stands = wanted(marker.options.row);
        if (stands !== group.hasLayer(marker)) group[stands ? 'addLayer' : 'removeLayer'](marker);
      });
    };
    return renamed(group, all);
  };

  Camgap.gapMarkers = function (data, act) {
    var largest = places.features(data).filter(function (i) { return data.get('rank', i) <= BADGES; });
    var all = largest.map(function (i) {
      var rank = data.get('rank', i), icon = L.divIcon({ className: 'gap-mark', html: el('span', { class: 'badge gap-badge' }, String(rank)), iconSize: [22, 20] });
      return named(L.marker(places.middle(data, i), { icon: icon, feature: rank }), 'gap_n', act.bind(null, i));
    });
    return renamed(L.layerGroup(all), all);
  };

  function renamed(group, all) {
    group.rename = function () {
      all.forEach(function (marker) { if (marker.getElement()) label(marker); });
    };
    return group;
  }

  function label(marker) {
    marker.getElement().setAttribute('aria-label', Camgap.t(marker.options.nameKey, { n: marker.options.feature }));
  }

  function named(marker, key, act) {
    marker.options.nameKey = key;
    marker.on('add', function () { label(marker); });
    marker.on('click', function () { act(); });
    marker.on('keydown', function (event) { if (event.originalEvent.key === 'Enter') act(marker.getElement()); });
    return marker;
  }
})();
