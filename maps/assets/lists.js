/* The lists of the panel: sites, gaps, streets by name. */
(function () {
  'use strict';

  var el = Camgap.el, t = Camgap.t, given = Camgap.given;
  var ROWS = 40; // of a list at first

  /* Fill a list on demand; `row(i)` makes its i-th item. */
  function growing(total, row, list) {
    var more = el('button', { type: 'button', class: 'more', on: { click: grow } }), shown = 0;

    function grow() {
      var to = Math.min(total, shown + ROWS);
      for (; shown < to; shown++) list.append(row(shown));
      more.textContent = t('more', { n: total - shown });
      more.dataset.printed = t('more_printed', { n: total - shown }); // paper has no button
      more.hidden = shown === total;
    }

    grow();
    return total > ROWS ? [more] : [];
  }

  function byRank(data) {
    return Array.from({ length: data.count }, function (_, i) { return i; }).sort(function (a, b) { return data.get('rank', a) - data.get('rank', b); });
  }

  function item(badge, badgeClass, title, detail, figure, act) {
    return el('li', {}, el('button', { type: 'button', class: 'item', on: { click: act } },
      el('span', { class: badgeClass }, badge), el('span', { class: 'what' }, title, detail ? el('small', {}, detail) : null), el('span', { class: 'figure' }, figure)));
  }

  /* What is said of measures at existing cameras that a public edition does not show. */
  Camgap.unplaced = function (page) {
    return Camgap.say('unplaced', { n: page.unplaced, money: given(Camgap.money(page.result.existing_cameras.cost, page.result.currency)) });
  };

  /* Sites in building order; `page.reached` is told of every row: those not yet standing are dimmed. */
  Camgap.siteList = function (page) {
    var layer = page.layers.sites;
    if (!layer) return null;
    var data = layer.data, order = byRank(data), list = el('ol', { class: 'list sites' });
    return el('div', {}, el('p', { class: 'lead' }, t('lead_sites')), page.unplaced ? el('p', { class: 'lead' }, ...Camgap.unplaced(page)) : null, list,
      ...growing(order.length, function (row) {
        var i = order[row], rank = data.get('rank', i), price = Camgap.money(data.get('cost', i) || 0, page.result.currency);
        var one = item(String(rank), 'badge site-badge', given(data.get('street', i) || t('unnamed_street')),
          el('span', {}, given(data.get('model', i) || Camgap.action(data.has('action') ? data.get('action', i) : 'new')), ' · ', given(price), page.phases.length ? ' · ' : '', page.phases.length ? given(data.get('phase', i)) : ''), '+ ' + Camgap.metres(data.get('gain_m', i)), function () { page.zoomTo('sites', i); });
        one.dataset.rank = rank;
        one.classList.toggle('later', rank > page.sites());
        return one;
      }, list));
  };

  Camgap.gapList = function (page) {
    var layer = page.layers.gaps;
    if (!layer) return null;
    var data = layer.data, order = byRank(data), longest = data.get('length_m', order[0]) || 1, list = el('ol', { class: 'list' });
    return el('div', {}, el('p', { class: 'lead' }, t('lead_gaps')), list,
      ...growing(order.length, function (row) {
        var i = order[row], one = item(String(data.get('rank', i)), 'badge gap-badge', Camgap.gapStreets(data, i) || t('unnamed_streets'),
          null, Camgap.metres(data.get('length_m', i)), function () { page.zoomTo('gaps', i); });
        one.firstChild.append(el('span', { class: 'gauge', style: 'width:' + Math.max(1, (100 * data.get('length_m', i)) / longest) + '%' }));
        return one;
      }, list));
  };

  Camgap.streetList = function (page) {
    var data = page.byStreet, list = el('div', {});
    if (!data.count) return null;
    var all = Array.from({ length: data.count }, function (_, i) { return i; });
    var box = el('input', { type: 'search', placeholder: t('find_street'), 'aria-label': t('find_street'), autocomplete: 'off', on: { input: fill } });

    function fill() {
      var wanted = Camgap.fold(box.value.trim()), rows = wanted ? all.filter(function (i) { return Camgap.fold(data.get('name', i)).includes(wanted); }) : all;
      var body = el('tbody', {});
      list.replaceChildren(Camgap.shareHead(t('col_street'), body), ...(rows.length ? growing(rows.length, function (at) { return streetRow(rows[at]); }, body)
        : [el('p', { class: 'lead' }, t('no_street'))]));
    }

    function streetRow(i) {
      return Camgap.shareRow({
        title: data.get('name', i), length: data.get('length_m', i), share: data.get('share', i), later: data.get('share_after', i),
        act: function () { page.zoomToStreet(i); }
      });
    }

    fill();
    return el('div', {}, box, list);
  };
})();
