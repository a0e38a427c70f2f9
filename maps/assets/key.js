/* The key: what the map shows, what is shown of it, and what streets in view are coloured by. */
(function () {
  'use strict';

  var el = Camgap.el, t = Camgap.t, count = Camgap.count;

  /* page: {layers, themes, state, planned, show(id, bool), change({theme, least, light})} */
  Camgap.key = function (page) {
    var box = el('div', { class: 'key' }), theme = page.themeNow();
    if (page.themes.length) box.append(themes(page));
    Camgap.ORDER.forEach(function (group) {
      var rows = Object.values(page.layers).filter(function (layer) { return layer.look.group === group && !(theme && theme.layer && page.seen[layer.id]); }).reverse();
      if (rows.length) box.append(el('fieldset', {}, el('legend', {}, t('group_' + group)), ...rows.map(function (layer) { return switchRow(page, layer); }), ...filterRows(page, group)));
    });
    box.append(el('p', { class: 'hint' }, t('hint')));
    return box;
  };

  /* What streets in view are coloured by, and from which class on. */
  function themes(page) {
    var state = page.state, theme = page.themeNow();
    var choice = el('select', { id: 'theme', on: { change: function () { page.change({ theme: choice.value, least: 0 }); } } },
      ...[{ id: 'coverage' }].concat(page.themes).map(function (one) {
        return el('option', one.id === state.theme ? { value: one.id, selected: '' } : { value: one.id },
          one.light ? t('theme_by', { theme: t('theme_' + one.id), light: t('by_' + one.light) }) : t('theme_' + one.id));
      }));
    var box = el('fieldset', { class: 'themes' }, el('legend', {}, t('colour_by')), el('label', { for: 'theme', class: 'unseen' }, t('colour_by')), choice);
    if (theme) {
      box.append(el('div', { role: 'radiogroup', 'aria-label': t('at_least') }, el('p', { class: 'lead', 'aria-hidden': 'true' }, t('at_least')),
        ...Camgap.classesOf(theme).map(function (one, i) { return classRow(page, one, i); })));
    }
    if (theme && theme.figures) box.append(el('p', { class: 'theme-figure', role: 'status' }));
    if (theme && theme.layer && page.planned && !page.told[theme.id].everyStep) box.append(el('p', { class: 'lead' }, t(page.isToday() && Camgap.knowsToday(theme) ? 'as_today' : 'whole_plan')));
    if (theme && Object.keys(theme.columns).length > 1) {
      box.append(el('div', { class: 'choice', role: 'group', 'aria-label': t('light') }, ...Object.keys(theme.columns).map(function (light) {
        return el('button', { type: 'button', id: 'light-' + light, 'aria-pressed': String(light === state.light), on: { click: function () { page.change({ light: light }); } } }, t('light_' + light));
      })));
    }
    Camgap.tellFigures(page, box);
    return box;
  }

  /* Write into the key how much street each class of the theme holds at the step shown, as the run says. */
  Camgap.tellFigures = function (page, box) {
    var theme = page.themeNow(), line = box.querySelector('.theme-figure');
    if (!theme || !line) return;
    var light = page.state.light, figures = Camgap.classesOf(theme).map(function (_, i) { return Camgap.figureOf(theme, light, i, page.state.step); });
    box.querySelectorAll('[data-class]').forEach(function (count) {
      var figure = figures[count.dataset.class];
      count.textContent = figure ? Camgap.percent(figure.share) : '';
    });
    var figure = figures[page.state.least], name = Camgap.classesOf(theme)[page.state.least].title, both = Object.keys(theme.columns).length > 1;
    line.textContent = figure ? t('theme_figure', { class: both ? t('class_by', { class: name, light: t('by_' + light) }) : name, length: Camgap.metres(figure.m), share: Camgap.percent(figure.share) }) : '';
  };

  function classRow(page, one, i) {
    var radio = el('input', { type: 'radio', name: 'least', id: 'least-' + i, on: { change: function () { page.change({ least: i }); } } });
    radio.checked = i === page.state.least;
    return el('label', { for: radio.id, class: i < page.state.least ? 'left-out' : '' }, radio,
      Camgap.lineSample([{ colour: one.colour, width: 5 }]), el('span', { class: 'name' }, one.title), el('span', { class: 'count', 'data-class': i }));
  }

  /* Which of the cameras, or of the sites, are shown: a choice for every column that tells them apart. */
  function filterRows(page, group) {
    return page.filters.filter(function (filter) { return filter.group === group; }).map(function (filter) {
      var id = 'only-' + filter.id, choice = el('select', { id: id, on: { change: function () { var wanted = {}; wanted[filter.id] = choice.value; page.change(wanted); } } },
        ...[''].concat(filter.values).map(function (value) {
          var text = value === '' ? t('all_' + filter.id) : Camgap.filterName(filter, value) + ' (' + count(filter.counts[value]) + ')';
          return el('option', value === page.state[filter.id] ? { value: value, selected: '' } : { value: value }, text);
        }));
      var box = el('div', { class: 'filter' }, el('label', { for: id }, t('only_' + filter.id)), choice);
      if (filter.id === 'phase') box.append(el('ul', { class: 'phases', 'aria-hidden': 'true' }, ...filter.values.map(function (value, k) {
        return el('li', {}, el('span', { class: 'badge site-badge phase-' + (k % 4) }, String(k + 1)), Camgap.given(value));
      })));
      return box;
    });
  }

  function switchRow(page, layer) {
    var box = el('input', { type: 'checkbox', id: 'show-' + layer.id, on: { change: function () { page.show(layer.id, box.checked); } } });
    var hollow = layer.id !== 'cameras' || layer.styleOf.includes(1); // nothing is said of what nobody sees
    var note = layer.look.note && hollow && !(layer.id === 'covered' && page.themeNow());
    box.checked = layer.visible;
    return el('label', { for: 'show-' + layer.id }, box, sample(page, layer),
      el('span', { class: 'name' }, layer.title ? t(layer.title) : t('layer_' + layer.id + (layer.id === 'sites' || layer.id === 'proposed_views' ? page.siteKind : '')),
        layer.note ? el('small', {}, t(layer.note)) : null,
        note ? el('small', {}, t('note_' + layer.id + (layer.id === 'covered' && page.planned ? '_planned' : ''))) : null,
        layer.look.minZoom ? el('small', { class: 'far', 'data-from': layer.look.minZoom }, t('far')) : null),
      layer.count === null ? null : el('span', { class: 'count', title: t(layer.countOf) }, count(layer.count)));
  }

  function sample(page, layer) {
    if (layer.id === 'sites') return el('span', { class: 'sample badge site-badge', 'aria-hidden': 'true' }, '1');
    if (layer.id === 'names') return el('span', { class: 'sample letters', 'aria-hidden': 'true' }, 'Abc');
    if (page.themeNow() && page.seen[layer.id]) return Camgap.sample({ sample: 'line', styles: Camgap.SCALE, show: 'all' });
    return Camgap.sample(layer.look);
  }
})();
