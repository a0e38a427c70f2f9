/* What the map says of a feature when it is picked. */
(function () {
  'use strict';

  var el = Camgap.el, metres = Camgap.metres, given = Camgap.given;

  /* A popup: what kind of thing, its name, rows of [label, value], buttons. Rows without a value are left out. */
  function card(kind, title, rows, actions) {
    var list = el('dl', {});
    rows.forEach(function (row) {
      if (!row || row[1] === null || row[1] === undefined || row[1] === '') return;
      list.append(el('dt', {}, row[0]), el('dd', {}, row[1]));
    });
    var node = el('article', { class: 'card ' + kind.toLowerCase().replace(/\W+/g, '-') }, el('p', { class: 'kind' }, kind), el('h3', {}, title), list);
    if (actions && actions.length) {
      node.append(el('p', { class: 'actions' }, ...actions.map(function (action) {
        return el('button', { type: 'button', on: { click: function (event) {
          event.stopPropagation(); // the popup is about to be replaced: Leaflet would take this for a click on the map
          action[1]();
        } } }, action[0]);
      })));
    }
    return node;
  }

  function known(value, format) {
    return value === null || value === undefined || value === '' ? null : format(value);
  }

  function covered(get, planned) {
    return [planned ? 'Covered with the proposal' : 'Covered', known(get('covered_m'), function (v) { return metres(v) + ' (' + Camgap.percent(get('share')) + ')'; })];
  }

  Camgap.popups = {
    camera: function (data, i) {
      var get = function (name) { return data.get(name, i); };
      var hfov = get('hfov');
      return card('Camera', given(get('name') || get('id')), [
        ['Id', get('name') ? given(get('id')) : null],
        ['Kind', known(get('kind'), function (v) { return given(Camgap.plain(v)); })],
        ['Status', known(get('status'), given)],
        ['Looks toward', hfov >= 360 ? 'all round' : known(get('azimuth'), function (v) { return given(Camgap.headings(v)); })],
        ['Field of view', known(hfov, function (v) { return Camgap.count(v) + '°'; })],
        ['Range', known(get('range_m'), metres)],
        ['Street in view', known(get('seen_m'), metres)],
        ['Seen by it alone', known(get('only_m'), metres)],
        ['Hidden by buildings', known(get('hidden_m'), metres)],
        ['Moved to the facade', get('moved_m') > 0 ? 'by ' + metres(get('moved_m')) : null],
        ['Assumed', known(get('filled'), function (v) { return given(v.split(/,\s*/).map(Camgap.field).join(', ')); })],
        ['Source', known(get('source'), given)]
      ]);
    },

    site: function (data, i, currency) {
      var get = function (name) { return data.get(name, i); };
      return card('Proposed camera', 'Site ' + get('rank'), [
        ['Street', known(get('street'), given)],
        ['Adds', known(get('gain_m'), function (v) { return metres(v) + ' of street'; })],
        ['Price', known(get('cost'), function (v) { return Camgap.money(v, currency); })],
        ['Model', known(get('model'), given)],
        ['Looks toward', known(get('azimuth'), Camgap.heading)],
        ['Covered after it', known(get('cumulative_share'), Camgap.percent)],
        ['Id', known(get('id'), given)]
      ]);
    },

    /* `planned`: the figures are those with the proposal; `here`: rows on the very place picked; `actions`: buttons. */
    street: function (data, i, planned, here, actions) {
      var get = function (name) { return data.get(name, i); };
      return card('Street', known(get('name'), given) || 'Unnamed street', [
        ['Class', known(get('highway'), function (v) { return given(Camgap.plain(v)); })],
        ['Length of this stretch', known(get('length_m'), metres)],
        covered(get, planned),
        ...here
      ], actions);
    },

    gap: function (data, i, actions) {
      var get = function (name) { return data.get(name, i); };
      return card('Gap', 'Gap ' + get('rank'), [
        ['Not covered', known(get('length_m'), metres)],
        ['Weighted', get('weight_m') !== get('length_m') ? known(get('weight_m'), metres) : null],
        ['Streets', known(get('streets'), given) || 'unnamed'],
        ['Class', known(get('highway'), function (v) { return given(Camgap.plain(v)); })]
      ], actions);
    },

    wholeStreet: function (data, i) {
      var get = function (name) { return data.get(name, i); };
      return card('Street as a whole', given(get('name')), [
        ['Length', known(get('length_m'), metres)],
        ['Covered today', known(get('share'), Camgap.percent)],
        ['With the proposal', known(get('share_after'), Camgap.percent)]
      ]);
    },

    district: function (data, i, planned) {
      var get = function (name) { return data.get(name, i); };
      return card('District', known(get('name'), given) || 'Unnamed district', [
        ['Street length', known(get('length_m'), metres)],
        covered(get, planned)
      ]);
    },

    building: function (data, i) {
      return card('Building', 'Blocks the view', [['Height', known(data.get('height', i), metres) || 'not mapped']]);
    }
  };
})();
