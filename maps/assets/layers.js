/* The layers of a page: what there is of them, how each looks, what its number in the key counts. */
(function () {
  'use strict';

  /* `byShare`: streets are coloured by their covered share, as a whole. */
  Camgap.makeLayers = function (definitions, byShare) {
    var layers = {};
    Camgap.LOOKS.forEach(function (look) {
      if (!definitions[look.id] || !definitions[look.id].count) return;
      var data = new Camgap.Packed(definitions[look.id]);
      layers[look.id] = { id: look.id, data: data, look: look, visible: true, styleOf: stylesOf(look, data), count: data.count, countOf: 'count_map' };
    });
    Camgap.STRETCHES.forEach(function (id) {
      if (layers[id]) Object.assign(layers[id], { look: withScale(layers[id].look), countOf: 'count_' + id });
    });
    if (layers.streets) {
      layers.streets.count = countWhere(layers.streets.data, function (data, i) { return data.get('share', i) < 1; });
      layers.streets.countOf = 'count_streets';
      layers.names = { id: 'names', look: { group: 'ground' }, visible: true, count: null };
    }
    if (layers.streets && byShare) {
      Object.assign(layers.streets, { look: Object.assign({}, layers.streets.look, Camgap.BY_SHARE), count: null, title: 'layer_streets_share', note: 'note_streets_share' });
    }
    if (layers.area) layers.area.count = null;
    if (definitions.sites && definitions.sites.count) {
      var sites = new Camgap.Packed(definitions.sites);
      layers.sites = { id: 'sites', data: sites, look: { group: 'proposal', note: true }, visible: true, count: sites.count, countOf: 'count_sites' };
    }
    return layers;
  };

  /* A look with the five shades behind its own styles; its sample stays that of the latter. */
  function withScale(look) {
    return Object.assign({}, look, { styles: look.styles.concat(Camgap.SCALE), own: look.styles.length });
  }

  /* Which camera is turned or replaced by which action: a site of a camera's id. */
  Camgap.actsOtherwise = function (sites) {
    if (!sites || !sites.data.has('action')) return false;
    for (var i = 0; i < sites.data.count; i += 1) if (sites.data.get('action', i) !== 'new') return true;
    return false;
  };

  Camgap.retiredBy = function (layers) {
    var retired = Object.create(null);
    if (!layers.sites || !layers.cameras) return retired;
    var cameras = new Set(Array.from({ length: layers.cameras.count }, function (_, i) { return layers.cameras.data.get('id', i); }));
    for (var i = 0; i < layers.sites.data.count; i++) {
      var id = layers.sites.data.get('id', i);
      if (cameras.has(id)) retired[id] = layers.sites.data.get('rank', i);
    }
    return retired;
  };

  function stylesOf(look, data) {
    if (!look.styleOf && !look.above) return null;
    var styles = new Uint8Array(data.count);
    for (var i = 0; look.styleOf && i < data.count; i++) styles[i] = look.styleOf(data, i);
    return styles;
  }

  function countWhere(data, test) {
    var n = 0;
    for (var i = 0; i < data.count; i++) if (test(data, i)) n++;
    return n;
  }

  Camgap.labelSources = function (layers, shareOf) {
    return {
      districts: layers.districts && { data: layers.districts.data, shareOf: shareOf, get visible() { return layers.districts.visible; } },
      streets: layers.streets && { data: layers.streets.data, get visible() { return layers.names.visible; } }
    };
  };
})();
