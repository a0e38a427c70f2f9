/* What the map says of a feature when it is picked. */
(function () {
  'use strict';

  var el = Camgap.el, t = Camgap.t, given = Camgap.given;

  var STREETS = 4; // named in a popup

  function metres(value) { return Camgap.metres(value); }

  /* A popup: what kind of thing (told by `word` where that is another one), its name, rows of [label key, value], buttons. Rows
   * without a value are left out. */
  function card(kind, title, rows, actions, word) {
    var list = el('dl', {}), heading = el('h2', { tabindex: '-1' }, title);
    rows.forEach(function (row) {
      if (!row || row[1] === null || row[1] === undefined || row[1] === '') return;
      list.append(el('dt', {}, t('row_' + row[0])), el('dd', {}, row[1]));
    });
    var node = el('article', { class: 'card ' + kind }, el('p', { class: 'kind' }, t('kind_' + (word || kind))), heading, list);
    if (actions && actions.length) node.append(el('p', { class: 'actions' }, ...actions.map(button)));
    return node;
  }

  /* A button in a popup, of [text, act]. */
  function button(action) {
    return el('button', { type: 'button', on: { click: function (event) {
      event.stopPropagation(); // the popup is about to be replaced: Leaflet would take this for a click on the map
      action[1]();
    } } }, action[0]);
  }

  function known(value, format) {
    return value === null || value === undefined || value === '' ? null : format(value);
  }

  function term(value) {
    return given(Camgap.term(value));
  }

  function terms(value) {
    return given(Camgap.terms(value));
  }

  function degrees(value) {
    return Camgap.count(value) + '°';
  }

  function part(length, share) {
    return known(length, function (v) { return t('length_share', { length: metres(v), share: Camgap.percent(share) }); });
  }

  /* The streets a site newly covers, the longest first: "Market Street 314 m, ..."; "(residential)" is one without a name. */
  function newStreets(streets) {
    if (!streets || !streets.length) return null;
    return given(streets.slice(0, STREETS).map(function (one) { return Camgap.streetName(one[0]) + ' ' + metres(one[1]); }).join(', ') + (streets.length > STREETS ? ' …' : ''));
  }

  /* What would take a site's place, and what the plan would lose by it. */
  function nextBest(other, currency) {
    var what = [other.model, other.mount, other.to].filter(Boolean).join(' · ');
    return el('span', {}, given(what), ' · ', Camgap.heading(other.azimuth), ' · ', Camgap.money(other.cost, currency), ': ',
      ...Camgap.say(other.loss_m < 0 ? 'next_gains' : 'next_loses', { length: metres(Math.abs(other.loss_m)) }),
      ...(other.breaks || []).flatMap(function (name) { return ['; ', ...Camgap.say('next_breaks', { district: given(name) })]; }));
  }

  /* Streets of a gap: the first ones by name, the rest by number. */
  Camgap.gapStreets = function (data, i) {
    var more = data.has('more_streets') ? data.get('more_streets', i) : 0, names = data.get('streets', i);
    if (!names) return null;
    return more ? el('span', {}, ...Camgap.say('and_more', { names: given(names), n: more })) : given(names);
  };

  function optional(data, i) {
    return function (name) { return data.has(name) ? data.get(name, i) : null; };
  }

  Camgap.popups = {
    button: button,

    camera: function (data, i) {
      var get = optional(data, i), hfov = get('hfov');
      return card('camera', given(get('name') || get('id')), [
        ['id', get('name') ? given(get('id')) : null],
        ['kind', known(get('kind'), term)],
        ['status', known(get('status'), term)],
        ['looks', hfov >= 360 ? t('all_round') : known(get('azimuth'), function (v) { return given(Camgap.headings(v)); })],
        ['hfov', known(hfov, degrees)],
        ['tilt', known(get('tilt'), degrees)],
        ['height', known(get('height_m'), metres)],
        ['range', known(get('range_m'), metres)],
        ['seen', known(get('seen_m'), metres)],
        ['only', known(get('only_m'), metres)],
        ['hidden', known(get('hidden_m'), metres)],
        ['moved', get('moved_m') > 0 ? t('by_length', { length: metres(get('moved_m')) }) : null],
        ['assumed', known(get('filled'), terms)],
        ['source', known(get('source'), given)]
      ]);
    },

    /* `notes`: why the site is in the plan, as the result tells it. */
    site: function (data, i, currency, notes) {
      var get = optional(data, i), isNew = (get('action') || 'new') === 'new';
      return card('site', t('site_n', { n: get('rank') }), [
        ['street', known(get('street'), given)],
        ['action', known(get('action'), function (v) { return given(Camgap.action(v)); })],
        [isNew ? 'adds' : 'adds_net', known(get('gain_m'), function (v) { return t('of_street', { length: metres(v) }); })],
        ['price', known(get('cost'), function (v) { return Camgap.money(v, currency); })],
        ['phase', known(get('phase'), given)],
        ['model', known(get('model'), given)],
        ['mount', isNew || get('to') ? known(get('kind'), term) : null],
        ['moved_to', known(get('to'), given)],
        ['looks', known(get('azimuth'), Camgap.heading)],
        ['tilt', known(get('tilt'), degrees)],
        ['height', known(get('height_m'), metres)],
        ['after_it', known(get('cumulative_share'), Camgap.percent)],
        ['alone', typeof notes.alone_m === 'number' && notes.alone_m - get('gain_m') > 0.5 ? metres(notes.alone_m) : null],
        ['why', newStreets(notes.streets)],
        ['gives_up', newStreets((notes.lost || []).filter(function (one) { return one[1] >= 0.5; }))],
        ['missed', known(notes.missed_m, metres)],
        ['next', known(notes.replacement, function (other) { return nextBest(other, currency); })],
        ['id', known(get('id'), given)]
      ], [], isNew ? 'site' : 'site_mixed');
    },

    /* `planned`: the figures are those with the proposal; `here`: rows on the very place picked; `actions`: buttons. */
    street: function (data, i, planned, here, actions) {
      var get = optional(data, i), both = planned && get('share_today') !== null;
      return card('street', known(get('name'), given) || t('unnamed_street_title'), [
        ['class', known(get('highway'), term)],
        ['stretch', known(get('length_m'), metres)],
        both ? ['covered_today', part(get('covered_today_m'), get('share_today'))] : null,
        [planned ? 'covered_plan' : 'covered', part(get('covered_m'), get('share'))],
        ...here
      ], actions);
    },

    gap: function (data, i, actions) {
      var get = optional(data, i);
      return card('gap', t('gap_n', { n: get('rank') }), [
        ['not_covered', known(get('length_m'), metres)],
        ['weighted', get('weight_m') !== get('length_m') ? known(get('weight_m'), metres) : null],
        ['streets', Camgap.gapStreets(data, i) || t('unnamed')],
        ['class', known(get('highway'), terms)]
      ], actions);
    },

    wholeStreet: function (data, i) {
      var get = optional(data, i);
      return card('whole_street', given(get('name')), [
        ['length', known(get('length_m'), metres)],
        ['covered_today', known(get('share'), Camgap.percent)],
        ['plan_share', known(get('share_after'), Camgap.percent)]
      ]);
    },

    district: function (data, i, planned, today) {
      var get = optional(data, i);
      return card('district', known(get('name'), given) || t('unnamed_district'), [
        ['street_length', known(get('length_m'), metres)],
        today ? ['covered_today', part(today.covered_m, today.share)] : null,
        [planned ? 'covered_plan' : 'covered', part(get('covered_m'), get('share'))],
        ['floor', known(get('floor'), Camgap.percent)]
      ]);
    },

    building: function (data, i) {
      return card('building', t('blocks'), [['height', known(data.get('height', i), metres) || t('not_mapped')]]);
    }
  };
})();
