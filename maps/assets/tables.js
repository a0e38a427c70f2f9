/* The tables of the panel: shares by district and class, and the method. */
(function () {
  'use strict';

  var el = Camgap.el, t = Camgap.t, given = Camgap.given;

  Camgap.shares = function (page) {
    var result = page.result, before = result.before || result.coverage || {}, box = el('div', { class: 'shares' });
    var districts = groups(result, before, 'by_district'), classes = groups(result, before, 'by_class');
    box.append(figures(result, before, result.after));
    districts.forEach(function (row) {
      var i = page.layers.districts ? page.layers.districts.data.where('name', row.name)[0] : undefined;
      if (i !== undefined) row.act = function () { page.zoomTo('districts', i); };
    });
    classes.forEach(function (row) { row.title = Camgap.term(row.name) || t('unnamed'); });
    if (districts.length) box.append(shareTable(t('col_district'), districts));
    if (classes.length) box.append(shareTable(t('col_class'), classes));
    if (before.depth_m) {
      box.append(shareTable(t('col_seen_by'), ['1', '2', '3+'].map(function (depth) {
        return { title: t('overlap_' + depth[0]), length: before.depth_m[depth] || 0 };
      })));
    }
    return box.childElementCount ? box : null;
  };

  /* The headline in numbers, today and with the proposal: covered, by day and night, how sure, homes in view. */
  function figures(result, before, after) {
    var states = after ? [before, after] : [before];
    var rows = [['covered_m', function (one) { return known(one.covered_m, Camgap.metres); }], ['share', function (one) { return known(one.share, Camgap.percent); }]];
    ['day', 'night'].forEach(function (light) {
      rows.push(['by_' + light, function (one) { return one.quality && one.quality[light] ? Camgap.percent(one.quality[light].share) : null; }],
        ['median_' + light, function (one) { return known(((one.bands || {})[light] || {}).median_share, Camgap.percent); }],
        ['band_' + light, function (one) { return one.bands && one.bands[light] && known(one.bands[light].p5_share, Camgap.percent) ? t('band', { low: Camgap.percent(one.bands[light].p5_share), high: Camgap.percent(one.bands[light].p95_share) }) : null; }]);
    });
    rows.push(['homes', function (one) { return known((result.homes_m || {})[one === after && one !== before ? 'after' : 'before'], Camgap.metres); }]);
    rows.push(['unknown', function (one) { return known((result.unknown_m || {})[one === after && one !== before ? 'after' : 'before'], Camgap.metres); }]);
    var body = el('tbody', {}, ...rows.map(function (row) {
      var cells = states.map(row[1]);
      return cells.some(function (cell) { return cell !== null; }) ? el('tr', {}, el('th', { scope: 'row' }, t('fig_' + row[0])), ...cells.map(function (cell) { return el('td', {}, cell); })) : null;
    }));
    var heads = ['col_figure', 'today'].concat(after ? ['col_proposal'] : []);
    return el('table', { class: 'figures-table' }, el('thead', {}, el('tr', {}, ...heads.map(function (name) { return el('th', { scope: 'col' }, t(name)); }))), body);
  }

  function known(value, format) {
    return typeof value === 'number' ? format(value) : null;
  }

  /* Rows of one of the result's groupings: today's share, and the one with the proposal. */
  function groups(result, before, kind) {
    var after = (result.after && result.after[kind]) || [];
    return (before[kind] || []).map(function (row) {
      var later = after.find(function (one) { return one.name === row.name; });
      return { name: row.name, title: row.name || t('unnamed'), length: row.length_m, share: row.share, later: later ? later.share : null };
    });
  }

  function shareTable(title, rows) {
    rows.sort(function (a, b) { return b.length - a.length; });
    return Camgap.shareHead(title, el('tbody', {}, ...rows.map(Camgap.shareRow)));
  }

  Camgap.shareHead = function (title, body) {
    var cells = [title, t('col_length'), t('col_share')].map(function (name) { return el('th', { scope: 'col' }, name); });
    return el('table', {}, el('thead', {}, el('tr', {}, ...cells)), body);
  };

  Camgap.shareRow = function (row) {
    var name = given(row.title), known = typeof row.share === 'number', gained = known && typeof row.later === 'number' && row.later > row.share;
    return el('tr', {}, el('th', { scope: 'row' }, row.act ? el('button', { type: 'button', on: { click: row.act } }, name) : name,
      known ? el('span', { class: 'bar small', 'aria-hidden': 'true' }, part('covered-2', row.share), gained ? part('gained', row.later - row.share) : null) : null),
    el('td', {}, Camgap.metres(row.length)), el('td', {}, known ? Camgap.percent(row.share) : null, gained ? el('small', {}, '→ ' + Camgap.percent(row.later)) : null));
  };

  function part(colour, share) {
    return el('span', { style: 'background:var(--' + colour + ');width:' + 100 * share + '%' });
  }

  /* ---- method ---------------------------------------------------------------------------------------------------------- */

  /* What the draws are, and what would be in view at the worst, in the middle and at the best of what is not known. */
  function band(bands) {
    var light = bands.probability_by, said = [t('m_band_text', { n: bands.draws })];
    if (light) said.push(t('m_band_scenarios', { low: Camgap.metres(bands.scenarios[light].low_m), middle: Camgap.metres(bands.scenarios[light].middle_m), high: Camgap.metres(bands.scenarios[light].high_m), light: t('by_' + light) }));
    return said.join(' ');
  }

  Camgap.method = function (page) {
    var result = page.result, list = el('dl', { class: 'method' });
    var rows = [['covered', covered(result)], ['share', t('m_share_text')], ['gap', t('m_gap_text')], ['view', view(result)]];
    if (result.after) rows.push(['proposal', t('m_proposal_text') + ' ' + t(actsOnly(result) ? 'm_proposal_new' : 'm_proposal_mixed')]);
    if (first(result).bands) rows.push(['band', band(first(result).bands)]);
    rows.push(
      ['area', result.study_area && result.study_area.source ? given(Camgap.term(result.study_area.source)) : null],
      ['cameras', cameraAccount(result.cameras)],
      ['aside', tally(result.streets && result.streets.set_aside, Camgap.metres)],
      ['sources', el('span', {}, t('m_sources_text'), ...(result.data_date ? [' ', ...Camgap.say('m_sources_date', { date: Camgap.dataDate(result) })] : []))]
    );
    rows.forEach(function (row) {
      if (row[1]) list.append(el('dt', {}, t('m_' + row[0])), el('dd', {}, row[1]));
    });
    return list;
  };

  function first(result) {
    return result.before || result.coverage || {};
  }

  function covered(result) {
    var quality = first(result).quality;
    if (!quality) return t('m_covered_text');
    return t('m_covered_level', { level: Camgap.term(quality.level), density: Camgap.density(quality.px_per_m), standard: quality.standard, height: Camgap.density(quality.target_m), light: t('by_' + quality.light) });
  }

  /* What stops a view, and what of the world is not looked at. */
  function view(result) {
    var sight = result.sight;
    if (!sight) return t('m_view_text');
    return [t('m_view_text'), t(sight.heights ? 'm_view_heights' : 'm_view_walls'), t(sight.barriers ? 'm_view_barriers' : 'm_view_open'), t(sight.trees === 'leaf_on' ? 'm_view_trees' : 'm_view_treeless'), t('m_view_not')].join(' ');
  }

  function actsOnly(result) {
    if (result.existing_cameras) return !result.existing_cameras.changed;
    return !result.actions || result.actions.every(function (action) { return action === 'new'; });
  }

  Camgap.dataDate = function (result) {
    return result.data_date ? given(String(result.data_date).slice(0, 10)) : null; // the day is enough
  };

  function cameraAccount(cameras) {
    if (!cameras) return null;
    var box = el('span', {}, t(typeof cameras.read === 'number' ? 'account_read' : 'account_used', { read: cameras.read, used: cameras.used }));
    var aside = tally(cameras.set_aside, Camgap.count), filled = tally(cameras.filled, Camgap.count);
    if (aside) box.append(' ', ...Camgap.say('account_aside', { list: aside }));
    if (filled) box.append(' ', ...Camgap.say('account_filled', { list: filled }));
    if (cameras.moved_to_facade) box.append(' ', t('account_moved', { n: cameras.moved_to_facade }));
    return box;
  }

  /* {"no_coordinates": 3} -> "no coordinates 3" */
  function tally(counts, format) {
    var names = Object.keys(counts || {}).filter(function (one) { return counts[one]; });
    if (!names.length) return null;
    return given(names.map(function (one) { return Camgap.term(one) + ' ' + format(counts[one]); }).join(', '));
  }
})();
