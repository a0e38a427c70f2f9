/* The proposal step by step: today or proposal, and where the run has a cost curve, the budget slider along it. */
(function () {
  'use strict';

  var el = Camgap.el, svg = Camgap.svg, t = Camgap.t;
  var WIDE = 600, HIGH = 56, WALK = 6000, PAUSE = 90; // curve [units]; a walk through all steps [ms], one step at least

  /* page: {steps, hasCurve, state, result, change({step})}; null where nothing is proposed. */
  Camgap.dock = function (page) {
    var steps = page.steps, last = steps.length - 1, walk = null;
    if (!last) return null;
    var choices = [['today', 0], ['proposal', last]].map(function (one) {
      return el('button', { type: 'button', id: 'state-' + one[0], on: { click: function () { stop(); page.change({ step: one[1] }); } } }, t('state_' + one[0]));
    });
    var box = el('section', { id: 'dock', 'aria-label': t('dock') }, el('div', { class: 'choice', role: 'group', 'aria-label': t('dock') }, ...choices));
    var slider = page.hasCurve ? budget() : null;
    if (slider) {
      box.classList.add('sliding');
      box.append(slider.play, slider.readout, slider.track);
    }

    /* Show the state's step. */
    box.toStep = function () {
      var step = page.state.step;
      choices.forEach(function (button, i) { button.setAttribute('aria-pressed', String(step === [0, last][i])); });
      if (slider) slider.toStep(step);
    };
    box.toStep();
    return box;

    function stop() {
      if (walk) clearInterval(walk);
      walk = null;
      if (slider) slider.playing(false);
    }

    function budget() {
      var along = placesOf(steps), end = along[last], curve = drawCurve(steps, along);
      var range = el('input', { type: 'range', id: 'budget', min: '0', max: String(end), step: 'any', 'aria-label': t('slider'), on: { input: slide, keydown: key } });
      var readout = el('p', { class: 'readout' });
      var play = el('button', { type: 'button', class: 'play', id: 'play', on: { click: function () { if (walk) stop(); else start(); } } });

      function slide() {
        stop();
        var value = Number(range.value), nearest = 0;
        along.forEach(function (place, i) { if (Math.abs(place - value) < Math.abs(along[nearest] - value)) nearest = i; });
        page.change({ step: nearest });
        if (Number(range.value) !== along[nearest]) range.value = along[nearest];
      }

      /* The keys of a slider go from step to step, however far apart these are. */
      function key(event) {
        var step = page.state.step, far = Math.max(1, Math.round(last / 10));
        var to = { ArrowRight: step + 1, ArrowUp: step + 1, ArrowLeft: step - 1, ArrowDown: step - 1, PageUp: step + far, PageDown: step - far, Home: 0, End: last }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        stop();
        page.change({ step: Math.max(0, Math.min(last, to)) });
      }

      function start() {
        if (page.state.step === last) page.change({ step: 0 });
        walk = setInterval(function () {
          page.change({ step: Math.min(last, page.state.step + 1) });
          if (page.state.step === last) stop();
        }, Math.max(PAUSE, WALK / last));
        playing(true);
      }

      function playing(on) {
        play.setAttribute('aria-label', t(on ? 'pause' : 'play'));
        play.title = play.getAttribute('aria-label');
        play.classList.toggle('on', on);
      }

      function toStep(step) {
        var one = steps[step], words = { n: one.sites, all: steps[last].sites, money: Camgap.money(one.money, page.result.currency), share: Camgap.percent(one.share) };
        range.value = String(along[step]);
        range.setAttribute('aria-valuetext', t(page.kind ? 'step_read_mixed' : 'step_read', words));
        readout.textContent = t(page.kind ? 'step_read_mixed' : 'step_read', words);
        curve.toStep(step);
      }

      playing(false);
      var ends = endsOf(page).map(function (one) {
        return el('span', { class: 'phase-end', 'aria-hidden': 'true', style: 'left:' + (100 * (along[one.step] - along[0])) / (end - along[0]) + '%' }, Camgap.given(one.name));
      });
      return { play: play, readout: readout, track: el('div', { class: 'track' }, curve, el('div', { class: 'phase-ends' }, ...ends), range), toStep: toStep, playing: playing };
    }
  };

  /* The step at which each phase ends: that of its last site. */
  function endsOf(page) {
    var data = page.layers.sites && page.layers.sites.data;
    return page.phases.map(function (name) {
      var rank = Math.max.apply(null, data.where('phase', name).map(function (i) { return data.get('rank', i); }));
      return { name: name, step: page.steps.findIndex(function (step) { return step.sites >= rank; }) };
    }).filter(function (one) { return one.step > 0; });
  }

  /* Where the steps lie along the slider: by money where every step costs some, else by the number of sites. */
  function placesOf(steps) {
    var rising = steps.every(function (step, i) { return !i || step.money > steps[i - 1].money; });
    return steps.map(function (step) { return rising ? step.money : step.sites; });
  }

  function drawCurve(steps, along) {
    var last = steps.length - 1, end = along[last];
    var top = Math.max.apply(null, steps.map(function (step) { return Math.max(step.share, step.bound_share || 0); })), low = steps[0].share;
    function x(i) { return ((WIDE * (along[i] - along[0])) / (end - along[0])).toFixed(1); }
    function y(share) { return (HIGH - 4 - ((HIGH - 8) * (share - low)) / (top - low || 1)).toFixed(1); }
    function line(key) {
      var known = steps.map(function (step, i) { return typeof step[key] === 'number' ? x(i) + ' ' + y(step[key]) : null; }).filter(Boolean);
      return known.length > 1 ? 'M' + known.join('L') : '';
    }
    var done = svg('path', { class: 'done' }), dot = svg('circle', { r: 5, class: 'dot' });
    var all = line('share'), bound = line('bound_share');
    var title = svg('title', {}, t('curve', { from: Camgap.percent(low), to: Camgap.percent(steps[last].share) }) + (bound ? '; ' + t('curve_bound') : ''));
    var picture = svg('svg', { class: 'curve', viewBox: '0 0 ' + WIDE + ' ' + HIGH, preserveAspectRatio: 'none', role: 'img' }, title,
      svg('path', { class: 'bound', d: bound }), done, svg('path', { class: 'line', d: all }), dot);
    picture.toStep = function (step) {
      var part = steps.slice(0, step + 1).map(function (one, i) { return x(i) + ' ' + y(one.share); });
      done.setAttribute('d', 'M0 ' + HIGH + 'L' + part.join('L') + 'L' + x(step) + ' ' + HIGH + 'Z');
      dot.setAttribute('cx', x(step));
      dot.setAttribute('cy', y(steps[step].share));
    };
    return picture;
  }
})();
