/* The panel beside the map: headline, search, and a tab each for key, sites, gaps, streets, shares and method. */
(function () {
  'use strict';

  var el = Camgap.el, t = Camgap.t, percent = Camgap.percent, metres = Camgap.metres, given = Camgap.given;

  /* page: what app.js puts together. The panel says everything in the language spoken when it is made. */
  Camgap.panel = function (page) {
    var tabs = [
      ['key', Camgap.key(page)], ['sites', Camgap.siteList(page)], ['gaps', Camgap.gapList(page)],
      ['streets', Camgap.streetList(page)], ['shares', Camgap.shares(page)], ['method', Camgap.method(page)]
    ].filter(function (tab) { return tab[1]; });
    var body = el('div', { class: 'panel-body', id: 'panel-body' }, tabBar(tabs), ...tabs.map(function (tab, i) {
      var attributes = { class: 'tab-panel', id: 'tab-' + tab[0], role: 'tabpanel', 'aria-labelledby': 'for-tab-' + tab[0], tabindex: '0', 'data-title': t('tab_' + tab[0]) };
      if (i) attributes.hidden = '';
      return el('section', attributes, tab[1]);
    }));
    var toggle = el('button', { type: 'button', class: 'toggle', 'aria-controls': 'panel-body', on: { click: function () { panel.setOpen(!isOpen()); } } });
    var header = el('header', {}, toggle, heading(page), tools(page), Camgap.search(page.searched), headline(page));
    var panel = el('aside', { id: 'panel', 'aria-label': t('panel') }, header, body);

    function isOpen() {
      return !document.body.classList.contains('panel-closed');
    }

    panel.setOpen = function (open) {
      document.body.classList.toggle('panel-closed', !open);
      toggle.setAttribute('aria-expanded', String(open));
      toggle.setAttribute('aria-label', t(open ? 'panel_close' : 'panel_open'));
      toggle.title = toggle.getAttribute('aria-label');
      body.inert = !open; // what is folded away is out of the keyboard's way too
      page.resized();
    };

    /* Follow the step of the proposal and the theme. */
    panel.follow = function (changed) {
      if ('step' in changed) {
        header.querySelectorAll('.headline').forEach(function (old) { old.replaceWith(headline(page)); });
        body.querySelectorAll('[data-rank]').forEach(function (row) { row.classList.toggle('later', Number(row.dataset.rank) > page.sites()); });
      }
      var theme = page.themeNow(), both = theme && theme.layer && 'step' in changed && !page.told[theme.id].everyStep; // such a theme says of which state it is
      if (both || 'theme' in changed || 'light' in changed || 'least' in changed || page.filters.some(function (filter) { return filter.id in changed; })) {
        var focus = document.activeElement && document.activeElement.id;
        body.querySelector('.key').replaceWith(Camgap.key(page));
        if (focus && document.getElementById(focus)) document.getElementById(focus).focus();
      } else if ('step' in changed) Camgap.tellFigures(page, body.querySelector('.key'));
    };
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
      }, t('tab_' + tab[0]));
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

  /* Language, light or dark, link, print. */
  function tools(page) {
    var others = Camgap.languages().filter(function (one) { return one !== page.state.lang; });
    var dark = page.isDark();
    return el('div', { class: 'tools', role: 'group', 'aria-label': t('tools') },
      ...others.map(function (one) {
        return el('button', { type: 'button', id: 'lang-' + one, 'aria-label': t('switch_language_long'), on: { click: function () { page.change({ lang: one }); } } }, t('switch_language'));
      }),
      el('button', { type: 'button', id: 'mode', on: { click: function () { page.change({ mode: page.isDark() ? 'light' : 'dark' }); } } }, t(dark ? 'go_light' : 'go_dark')),
      linkButton(), el('button', { type: 'button', id: 'print', on: { click: function () { window.print(); } } }, t('print')));
  }

  /* Copies the address; where the browser forbids that, shows it for copying by hand. */
  function linkButton() {
    var button = el('button', { type: 'button', id: 'link', on: { click: copy } }, t('copy_link'));

    function copy() {
      var done = navigator.clipboard ? navigator.clipboard.writeText(location.href) : Promise.reject(new Error('no clipboard'));
      done.then(function () { button.textContent = t('copied'); }, byHand);
    }

    function byHand() {
      var field = el('input', { type: 'text', readonly: '', class: 'link', 'aria-label': t('copy_by_hand'), value: location.href });
      button.after(field);
      field.select();
    }

    return button;
  }

  /* ---- headline ---------------------------------------------------------------------------------------------------- */

  function heading(page) {
    var result = page.result, facts = [];
    if (result.streets) facts.push([t('fact_length', { length: metres(result.streets.length_m) })]);
    if (result.cameras) facts.push([t('fact_cameras', { n: result.cameras.used })]);
    if (result.data_date) facts.push(Camgap.say('fact_date', { date: Camgap.dataDate(result) }));
    return el('div', { class: 'heading' }, el('h1', {}, given(page.title())), el('p', { class: 'facts' }, ...facts.map(function (fact) { return el('span', {}, ...fact); })));
  }

  function headline(page) {
    var result = page.result, before = result.before || result.coverage, after = result.after, step = page.stepNow();
    if (!before) return null;
    var box = el('section', { class: 'headline', 'aria-label': t('result') }), whole = page.state.step === page.steps.length - 1;
    box.append(el('p', { class: 'label' }, t('headline'), counted(before.quality)));
    if (after) {
      var later = whole ? after.share : page.hasCurve ? step.share : before.share;
      var label = whole ? t('with_proposal') : t(page.kind ? 'with_some_mixed' : 'with_some', { n: step.sites, all: page.steps[page.steps.length - 1].sites });
      box.append(el('p', { class: 'figures' },
        el('span', { class: 'today' }, percent(before.share), el('small', {}, t('today'))),
        el('span', { class: 'arrow', role: 'img', 'aria-label': t('becomes') }, '→'),
        el('span', { class: 'planned' }, percent(later), el('small', {}, label))));
    } else {
      box.append(el('p', { class: 'figures' }, el('span', { class: 'today' }, percent(before.share),
        result.streets ? el('small', {}, t('of', { part: metres(before.covered_m), whole: metres(result.streets.length_m) })) : null)));
    }
    if (result.streets) box.append(bar(before, whole ? result.gain_m || 0 : page.hasCurve ? step.covered_m - before.covered_m : 0, result.streets.length_m));
    var notes = el('ul', { class: 'notes' });
    if (after) notes.append(...(whole ? planNotes(page) : stepNotes(page, step)));
    notes.append(...bandNotes(before));
    var open = before.share_ignoring_buildings;
    if (typeof open === 'number' && page.layers.cameras) notes.append(el('li', { class: 'aside' }, ...Camgap.say('note_open', { share: el('b', {}, percent(open)) })));
    if (result.blur) notes.append(el('li', { class: 'aside' }, t('note_blur', { place: metres(result.blur.place_m), share: metres(result.blur.share_m) })));
    box.append(notes);
    return box;
  }

  /* How sure today's share is: median and band of the draws, and why it lies outside. */
  function bandNotes(before) {
    var bands = before.bands, band = bands && bands[before.quality && before.quality.light === 'night' ? 'night' : 'day'];
    if (!band) return [];
    var known = typeof band.median_share === 'number', words = { n: bands.draws }, notes = [];
    if (known) words.median = el('b', {}, percent(band.median_share));
    if (typeof band.p5_share === 'number') {
      words.low = el('b', {}, percent(band.p5_share));
      words.high = el('b', {}, percent(band.p95_share));
      notes.push(Camgap.say(known ? 'note_band' : 'note_band_wide', words));
    } else if (known) notes.push(Camgap.say('note_median', words));
    if (bands.score_lies === 'above' || bands.score_lies === 'below') {
      var reasons = Object.keys(bands.because || {}).map(function (field) {
        var own = field === 'azimuth' || field === 'status';
        return t(own ? 'lies_' + field : 'lies_preset', { field: Camgap.term(field), n: bands.because[field] });
      });
      notes.push([t('note_' + bands.score_lies, { list: reasons.join(', ') })]);
    }
    return notes.map(function (said) { return el('li', { class: 'aside' }, ...said); });
  }

  /* Which picture counts: ", at least detect (25 px/m), by day". */
  function counted(quality) {
    if (!quality) return null;
    return t('headline_level', { level: Camgap.term(quality.level), density: Camgap.density(quality.px_per_m), light: t('by_' + quality.light) });
  }

  function stepNotes(page, step) {
    if (!page.hasCurve) return [];
    return [el('li', {}, ...Camgap.say(page.kind ? 'note_step_mixed' : 'note_step', {
      n: step.sites, all: page.steps[page.steps.length - 1].sites, covered: el('b', {}, metres(step.covered_m)), money: el('b', {}, given(Camgap.money(step.money, page.result.currency)))
    }))];
  }

  function planNotes(page) {
    var result = page.result, notes = [], words = { gain: el('b', {}, '+ ' + metres(result.gain_m)), n: page.measures };
    var budgeted = typeof result.budget === 'number', key = 'note_plan';
    if (typeof result.spent === 'number') {
      key = budgeted ? 'note_plan_budget' : 'note_plan_money';
      words.spent = el('b', {}, given(Camgap.money(result.spent, result.currency)));
      if (budgeted) words.budget = Camgap.money(result.budget, '');
    }
    notes.push(el('li', {}, ...Camgap.say(key + page.kind, words)));
    if (result.lost_m > 0) {
      notes.push(el('li', {}, ...Camgap.say('note_lost', { newly: el('b', {}, metres(result.newly_covered_m)), lost: el('b', {}, metres(result.lost_m)) })));
    }
    if (page.unplaced) notes.push(el('li', {}, ...Camgap.unplaced(page)));
    if (typeof result.upper_bound_gain_m === 'number') {
      notes.push(el('li', {}, ...Camgap.say(budgeted ? 'note_bound_budget' : 'note_bound_sites', { bound: el('b', {}, metres(result.upper_bound_gain_m)) }),
        typeof result.gap === 'number' ? ' ' + t('note_gap', { gap: Camgap.atMost(result.gap) }) : null));
    }
    var plan = result.plan;
    if (plan && typeof plan.target === 'number') {
      notes.push(el('li', {}, ...Camgap.say(plan.least_proven ? 'note_target_proven' : 'note_target', {
        target: el('b', {}, percent(plan.target)), aim: t('aim_' + plan.objective), least: el('b', {}, given(Camgap.money(plan.least_money, result.currency)))
      })));
    }
    if (plan && plan.objective !== 'length') {
      notes.push(el('li', {}, ...Camgap.say(plan.proven ? 'note_aim_proven' : 'note_aim', { aim: el('b', {}, t('aim_' + plan.objective)), gap: Camgap.atMost(plan.gap) })));
    }
    if (plan && result.floors) {
      notes.push(el('li', {}, ...Camgap.say(plan.proven ? 'note_floors_proven' : 'note_floors', { gap: Camgap.atMost(plan.gap), lost: metres(result.floors.given_up_m) })));
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
})();
