/* The panel beside the map: headline, key and layer switch, lists of sites and gaps, shares, method. */
(function () {
  'use strict';

  var el = Camgap.el, metres = Camgap.metres, percent = Camgap.percent, given = Camgap.given, count = Camgap.count;
  var ROWS = 40; // of a list at first

  /* state: {title, result, byStreet: Packed, layers: {id: layer}, actions: {show(id, bool), zoomTo(id, feature), ...}} */
  Camgap.panel = function (state) {
    var tabs = [
      ['key', 'Key', key(state)],
      ['sites', 'Sites', siteList(state)],
      ['gaps', 'Gaps', gapList(state)],
      ['streets', 'Streets', streetList(state)],
      ['shares', 'Shares', shares(state)],
      ['method', 'Method', method(state)]
    ].filter(function (tab) { return tab[2]; });
    var body = el('div', { class: 'panel-body', id: 'panel-body' }, tabBar(tabs), ...tabs.map(function (tab, i) {
      var attributes = { class: 'tab-panel', id: 'tab-' + tab[0], role: 'tabpanel', 'aria-labelledby': 'for-tab-' + tab[0], tabindex: '0', 'data-title': tab[1] };
      if (i) attributes.hidden = '';
      return el('section', attributes, tab[2]);
    }));
    var toggle = el('button', { type: 'button', class: 'toggle', 'aria-controls': 'panel-body', on: { click: function () { setOpen(!isOpen()); } } });
    var panel = el('aside', { id: 'panel', 'aria-label': 'Result and map key' }, el('header', {}, toggle, heading(state), headline(state)), body);

    function isOpen() {
      return !document.body.classList.contains('panel-closed');
    }

    function setOpen(open) {
      document.body.classList.toggle('panel-closed', !open);
      toggle.setAttribute('aria-expanded', String(open));
      toggle.setAttribute('aria-label', open ? 'Close the panel' : 'Open the panel');
      toggle.title = toggle.getAttribute('aria-label');
      body.inert = !open; // what is folded away is out of the keyboard's way too
      state.actions.resized();
    }

    document.body.prepend(panel);
    setOpen(!Camgap.isNarrow());
    panel.setOpen = setOpen;
    return panel;
  };

  Camgap.isNarrow = function () {
    return window.matchMedia('(max-width: 700px)').matches;
  };

  function tabBar(tabs) {
    var buttons = tabs.map(function (tab, i) {
      return el('button', {
        type: 'button', role: 'tab', id: 'for-tab-' + tab[0], 'aria-controls': 'tab-' + tab[0], 'aria-selected': String(!i), tabindex: i ? '-1' : '0',
        on: { click: function () { choose(i); }, keydown: function (event) { move(event, i); } }
      }, tab[1]);
    });

    function choose(chosen) {
      buttons.forEach(function (button, i) {
        button.setAttribute('aria-selected', String(i === chosen));
        button.tabIndex = i === chosen ? 0 : -1;
        document.getElementById('tab-' + tabs[i][0]).hidden = i !== chosen;
      });
    }

    function move(event, i) {
      var to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: buttons.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      to = (to + buttons.length) % buttons.length;
      choose(to);
      buttons[to].focus();
    }

    return el('div', { class: 'tabs', role: 'tablist' }, ...buttons);
  }

  /* ---- headline ---------------------------------------------------------------------------------------------------- */

  function heading(state) {
    var result = state.result, facts = [];
    if (result.streets) facts.push(metres(result.streets.length_m) + ' of street');
    if (result.cameras) facts.push(count(result.cameras.used) + (result.cameras.used === 1 ? ' camera' : ' cameras'));
    if (result.data_date) facts.push(el('span', {}, 'map of ', dataDate(result)));
    return el('div', { class: 'heading' }, el('h1', {}, given(state.title)), el('p', { class: 'facts' }, ...facts.map(function (fact) { return el('span', {}, fact); })));
  }

  function dataDate(result) {
    return result.data_date ? given(String(result.data_date).slice(0, 10)) : null; // the day is enough
  }

  function headline(state) {
    var result = state.result, before = result.before || result.coverage, after = result.after;
    if (!before) return null;
    var box = el('section', { class: 'headline', 'aria-label': 'Result' });
    box.append(el('p', { class: 'label' }, 'Street length in view of a camera'));
    if (after) {
      box.append(el('p', { class: 'figures' },
        el('span', { class: 'today' }, percent(before.share), el('small', {}, 'today')),
        el('span', { class: 'arrow', 'aria-label': 'becomes' }, '→'),
        el('span', { class: 'planned' }, percent(after.share), el('small', {}, 'with the proposal'))));
    } else {
      box.append(el('p', { class: 'figures' }, el('span', { class: 'today' }, percent(before.share),
        result.streets ? el('small', {}, metres(before.covered_m) + ' of ' + metres(result.streets.length_m)) : null)));
    }
    if (result.streets) box.append(bar(before, result.gain_m || 0, result.streets.length_m));
    var notes = el('ul', { class: 'notes' });
    if (after) notes.append(...planNotes(state));
    var open = before.share_ignoring_buildings;
    if (typeof open === 'number' && state.layers.cameras) notes.append(el('li', { class: 'aside' }, 'Were there no buildings, today’s cameras would see ', el('b', {}, percent(open)), '.'));
    box.append(notes);
    return box;
  }

  function planNotes(state) {
    var result = state.result, notes = [], sites = state.layers.sites ? state.layers.sites.data.count : 0;
    notes.push(el('li', {}, el('b', {}, '+ ' + metres(result.gain_m)), ' of street newly covered by ', el('b', {}, count(sites)), sites === 1 ? ' new camera' : ' new cameras',
      typeof result.spent === 'number' ? ' for ' : null, typeof result.spent === 'number' ? el('b', {}, given(Camgap.money(result.spent, result.currency))) : null,
      typeof result.budget === 'number' ? ' of ' + Camgap.money(result.budget, '') : null));
    if (typeof result.upper_bound_gain_m === 'number') {
      notes.push(el('li', {}, 'Proven: no other choice of these candidates within ' + (typeof result.budget === 'number' ? 'this budget' : 'these limits') + ' could add more than ',
        el('b', {}, metres(result.upper_bound_gain_m)), typeof result.gap === 'number' ? ' (this one is at most ' + percent(result.gap) + ' short of it)' : null));
    }
    return notes;
  }

  /* The whole street length as one bar, in the map's colours. */
  function bar(before, gain, length) {
    var depth = before.depth_m || { 1: before.covered_m };
    var pieces = [['covered-1', depth[1]], ['covered-2', depth[2]], ['covered-3', depth['3+']], ['gained', gain]];
    return el('div', { class: 'bar', 'aria-hidden': 'true' }, ...pieces.map(function (piece) {
      return piece[1] > 0 && length > 0 ? el('span', { style: 'background:var(--' + piece[0] + ');width:' + (100 * piece[1]) / length + '%' }) : null;
    }));
  }

  /* ---- key and layer switch ------------------------------------------------------------------------------------------ */

  function key(state) {
    var box = el('div', { class: 'key' });
    Camgap.ORDER.forEach(function (group) {
      var rows = Object.values(state.layers).filter(function (layer) { return layer.look.group === group; }).reverse();
      if (!rows.length) return;
      box.append(el('fieldset', {}, el('legend', {}, group), ...rows.map(function (layer) { return switchRow(state, layer); })));
    });
    box.append(el('p', { class: 'hint' }, 'Click a street, camera, site or gap for its figures. With the keyboard: arrow keys move the map, + and − zoom, Enter asks for what lies under the cross.'));
    return box;
  }

  function switchRow(state, layer) {
    var box = el('input', { type: 'checkbox', id: 'show-' + layer.id, on: { change: function () { state.actions.show(layer.id, box.checked); } } });
    box.checked = layer.visible;
    var far = layer.look.minZoom ? el('small', { class: 'far', 'data-from': layer.look.minZoom }, 'drawn closer in') : null;
    return el('label', { for: 'show-' + layer.id }, box, layer.sample,
      el('span', { class: 'name' }, layer.look.title, layer.note ? el('small', {}, layer.note) : null, far),
      layer.count === null ? null : el('span', { class: 'count', title: layer.countOf }, count(layer.count)));
  }

  /* ---- lists ----------------------------------------------------------------------------------------------------------- */

  /* Fill a list on demand; `row(i)` makes its i-th item. */
  function growing(total, row, list) {
    var more = el('button', { type: 'button', class: 'more', on: { click: grow } }), shown = 0;

    function grow() {
      var to = Math.min(total, shown + ROWS);
      for (; shown < to; shown++) list.append(row(shown));
      more.textContent = 'Show more (' + count(total - shown) + ' left)';
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
      el('span', { class: badgeClass, 'aria-hidden': 'true' }, badge), el('span', { class: 'what' }, title, detail ? el('small', {}, detail) : null), el('span', { class: 'figure' }, figure)));
  }

  function siteList(state) {
    var layer = state.layers.sites;
    if (!layer) return null;
    var data = layer.data, order = byRank(data), list = el('ol', { class: 'list' });
    return el('div', {}, el('p', { class: 'lead' }, 'In the order in which they should be built. Each adds what the ones before it do not see.'), list,
      ...growing(order.length, function (row) {
        var i = order[row], details = [given(data.get('model', i)), given(Camgap.money(data.get('cost', i) || 0, state.result.currency))];
        return item(String(data.get('rank', i)), 'badge site-badge', given(data.get('street', i) || 'unnamed street'),
          el('span', {}, details[0], ' · ', details[1]), '+ ' + metres(data.get('gain_m', i)), function () { state.actions.zoomTo('sites', i); });
      }, list));
  }

  function gapList(state) {
    var layer = state.layers.gaps;
    if (!layer) return null;
    var data = layer.data, order = byRank(data), longest = data.get('length_m', order[0]) || 1, list = el('ol', { class: 'list' });
    return el('div', {}, el('p', { class: 'lead' }, 'Connected stretches of street that no camera sees today, most important first.'), list,
      ...growing(order.length, function (row) {
        var i = order[row], one = item(String(data.get('rank', i)), 'badge gap-badge', given(data.get('streets', i) || 'unnamed streets'),
          null, metres(data.get('length_m', i)), function () { state.actions.zoomTo('gaps', i); });
        one.firstChild.append(el('span', { class: 'gauge', style: 'width:' + Math.max(1, (100 * data.get('length_m', i)) / longest) + '%' }));
        return one;
      }, list));
  }

  /* ---- shares ---------------------------------------------------------------------------------------------------------- */

  function shares(state) {
    var result = state.result, before = result.before || result.coverage || {}, box = el('div', { class: 'shares' });
    var districts = groups(result, before, 'by_district'), classes = groups(result, before, 'by_class');
    districts.forEach(function (row) {
      var i = state.layers.districts ? state.layers.districts.data.where('name', row.name)[0] : undefined;
      if (i !== undefined) row.act = function () { state.actions.zoomTo('districts', i); };
    });
    if (districts.length) box.append(shareTable('District', districts));
    if (classes.length) box.append(shareTable('Street class', classes));
    if (before.depth_m) {
      box.append(shareTable('Seen today by', [['1 camera', '1'], ['2 cameras', '2'], ['3 or more', '3+']].map(function (row) {
        return { title: row[0], length: before.depth_m[row[1]] || 0 };
      })));
    }
    return box.childElementCount ? box : null;
  }

  /* Rows of one of the result's groupings: today's share, and the one with the proposal. */
  function groups(result, before, kind) {
    var after = (result.after && result.after[kind]) || [];
    return (before[kind] || []).map(function (row) {
      var later = after.find(function (one) { return one.name === row.name; });
      return { name: row.name, title: Camgap.plain(row.name) || 'unnamed', length: row.length_m, share: row.share, later: later ? later.share : null };
    });
  }

  function streetList(state) {
    var data = state.byStreet, list = el('div', {});
    if (!data.count) return null;
    var all = Array.from({ length: data.count }, function (_, i) { return i; });
    var box = el('input', { type: 'search', placeholder: 'Find a street', 'aria-label': 'Find a street', autocomplete: 'off', on: { input: fill } });

    function fill() {
      var wanted = fold(box.value.trim()), rows = wanted ? all.filter(function (i) { return fold(data.get('name', i)).includes(wanted); }) : all;
      var body = el('tbody', {});
      list.replaceChildren(shareHead('Street', body), ...(rows.length ? growing(rows.length, function (at) { return streetRow(rows[at]); }, body)
        : [el('p', { class: 'lead' }, 'No street of that name.')]));
    }

    function streetRow(i) {
      return shareRow({
        title: data.get('name', i), length: data.get('length_m', i), share: data.get('share', i), later: data.get('share_after', i),
        act: function () { state.actions.zoomToStreet(i); }
      });
    }

    fill();
    return el('div', {}, box, list);
  }

  /* For searching: without case, without accents. */
  function fold(text) {
    return text.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').toLowerCase().replace(/ß/g, 'ss');
  }

  function shareTable(title, rows) {
    rows.sort(function (a, b) { return b.length - a.length; });
    return shareHead(title, el('tbody', {}, ...rows.map(shareRow)));
  }

  function shareHead(title, body) {
    var cells = [title, 'Length', 'Share'].map(function (name) { return el('th', { scope: 'col' }, name); });
    return el('table', {}, el('thead', {}, el('tr', {}, ...cells)), body);
  }

  function shareRow(row) {
    var name = given(row.title), known = typeof row.share === 'number', gained = known && typeof row.later === 'number' && row.later > row.share;
    return el('tr', {}, el('th', { scope: 'row' }, row.act ? el('button', { type: 'button', on: { click: row.act } }, name) : name,
      known ? el('span', { class: 'bar small', 'aria-hidden': 'true' }, part('covered-2', row.share), gained ? part('gained', row.later - row.share) : null) : null),
    el('td', {}, metres(row.length)), el('td', {}, known ? percent(row.share) : null, gained ? el('small', {}, '→ ' + percent(row.later)) : null));
  }

  function part(colour, share) {
    return el('span', { style: 'background:var(--' + colour + ');width:' + 100 * share + '%' });
  }

  /* ---- method ---------------------------------------------------------------------------------------------------------- */

  function method(state) {
    var result = state.result, list = el('dl', { class: 'method' });
    [
      ['Covered', 'A point of a street’s centre line is covered when it lies in the view of at least one camera: within its range and its horizontal field of view, and with no building between.'],
      ['Share', 'Covered length divided by the length of all streets in the study area. Every street counts once, whether one-way or two-way.'],
      ['Gap', 'A connected stretch of streets that no camera covers; it ends where coverage begins, not at the next junction.'],
      ['View', 'A flat sector cut off by building walls. Walls are taken to be of unlimited height. Ground relief, trees, traffic, weather and darkness are not considered, nor what can be recognised in the picture.'],
      result.after ? ['Proposal', 'New cameras chosen among candidate mounts, headings and models for the largest gain in covered length. Existing cameras stay as they are.'] : null,
      ['Study area', result.study_area && result.study_area.source ? given(result.study_area.source) : null],
      ['Cameras', cameraAccount(result.cameras)],
      ['Streets set aside', tally(result.streets && result.streets.set_aside, metres)],
      ['Sources', el('span', {}, 'Streets and buildings: © OpenStreetMap contributors, Open Database License.', dataDate(result) ? ' Data of ' : null, dataDate(result))]
    ].forEach(function (row) {
      if (row && row[1]) list.append(el('dt', {}, row[0]), el('dd', {}, row[1]));
    });
    return list;
  }

  function cameraAccount(cameras) {
    if (!cameras) return null;
    var box = el('span', {}, count(cameras.read) + ' read, ' + count(cameras.used) + ' used.');
    var aside = tally(cameras.set_aside, count), filled = tally(cameras.filled, count, Camgap.field);
    if (aside) box.append(' Set aside: ', aside, '.');
    if (filled) box.append(' Values assumed where the list has none: ', filled, '.');
    if (cameras.moved_to_facade) box.append(' Moved from inside a footprint to its facade: ' + count(cameras.moved_to_facade) + '.');
    return box;
  }

  /* {"no_coordinates": 3} -> "no coordinates 3" */
  function tally(counts, format, name) {
    var names = Object.keys(counts || {}).filter(function (one) { return counts[one]; });
    if (!names.length) return null;
    return given(names.map(function (one) { return (name || Camgap.plain)(one) + ' ' + format(counts[one]); }).join(', '));
  }
})();
