/* How every layer looks, bottom to top; the legend draws its samples from the same table.
 *
 * A style has a `fill` and any number of `strokes`, drawn one over the other: {colour, width, opacity, dash, fixed}. Colours are
 * names of CSS properties (page.css), so that light, dark and print have one palette. Widths are pixels at zoom 16 and grow
 * with the zoom unless `fixed`. Covered and uncovered streets differ in width and lightness too, not in hue alone, and newly
 * covered ones have a dark edge: the map can be read in grey. Looks that change with the step of the proposal or with the theme
 * are `above`: they have a canvas of their own, so that a step redraws nothing else. Titles and notes are in the catalogue.
 */
(function () {
  'use strict';

  var MAJOR = /^(motorway|trunk|primary|secondary|tertiary)/;
  var MINOR = /^(service|footway|path|steps|cycleway|track|pedestrian|corridor|bridleway)/;

  function uncovered(width) {
    return { strokes: [{ colour: 'uncovered', width: width }] };
  }

  function covered(depth) {
    return { strokes: [{ colour: 'covered-' + depth, width: 5, cap: 'butt' }] };
  }

  /* Styles of streets by class of a theme: the five shades, from least to most. */
  var SCALE = [1, 2, 3, 4, 5].map(function (shade) { return { strokes: [{ colour: 'scale-' + shade, width: 5, cap: 'butt' }] }; });

  /* Layers of stretches that somebody sees, at one step or another. */
  Camgap.STRETCHES = ['covered', 'gained', 'lost'];

  /* A layer without a group is shown by its theme alone. `plain` gives the style by number of cameras where there is no theme. */
  Camgap.LOOKS = [
    {
      id: 'area', group: 'ground', sample: 'area',
      styles: [{ fill: { colour: 'ground' }, strokes: [{ colour: 'area-edge', width: 1.6, dash: [7, 5], fixed: true }] }]
    },
    {
      id: 'districts', group: 'ground', sample: 'area',
      styles: [{ strokes: [{ colour: 'district-edge', width: 1.5, dash: [2, 4], fixed: true }] }]
    },
    {
      id: 'buildings', group: 'ground', sample: 'area', minZoom: 14,
      styles: [{ fill: { colour: 'building' }, strokes: [{ colour: 'building-edge', width: 0.7, fixed: true }] }]
    },
    {
      id: 'views', group: 'cameras', sample: 'area', minZoom: 14, styleOf: function () { return 0; },
      styles: [{ fill: { colour: 'covered-2', opacity: 0.14 }, strokes: [{ colour: 'covered-2', width: 0.9, opacity: 0.45, fixed: true }] }]
    },
    {
      id: 'proposed_views', group: 'proposal', sample: 'area', minZoom: 14, above: true,
      styles: [{ fill: { colour: 'gained', opacity: 0.22 }, strokes: [{ colour: 'gained-edge', width: 1.1, opacity: 0.8, dash: [4, 3], fixed: true }] }]
    },
    {
      id: 'gaps', group: 'streets', note: true, sample: 'line',
      styleOf: function (data, i) { return data.get('rank', i) <= 10 ? 0 : 1; },
      styles: [{ strokes: [{ colour: 'gap', width: 11, opacity: 0.24 }] }, { strokes: [] }]
    },
    {
      id: 'streets', group: 'streets', sample: 'line',
      styleOf: function (data, i) {
        var highway = data.get('highway', i);
        return MAJOR.test(highway) ? 0 : MINOR.test(highway) ? 2 : 1;
      },
      styles: [uncovered(2.9), uncovered(2.3), uncovered(1.8)], show: 1
    },
    { id: 'levels', sample: 'line', above: true, styles: SCALE },
    { id: 'certainty', sample: 'line', above: true, styles: SCALE },
    {
      id: 'lost', group: 'proposal', sample: 'line', above: true,
      plain: function (depth) { return Math.min(3, depth); },
      styles: [{ strokes: [{ colour: 'ink', width: 6.5, cap: 'butt' }, { colour: 'gap', width: 3.6, dash: [5, 3] }] }, covered(1), covered(2), covered(3)]
    },
    {
      id: 'covered', group: 'streets', note: true, sample: 'line', above: true,
      plain: function (depth) { return Math.min(3, depth) - 1; },
      styles: [covered(1), covered(2), covered(3)], show: 'all'
    },
    {
      id: 'gained', group: 'proposal', sample: 'line', above: true,
      plain: function () { return 0; },
      styles: [{ strokes: [{ colour: 'gained-edge', width: 6.5, cap: 'butt' }, { colour: 'gained', width: 3.6, cap: 'butt' }] }]
    },
    {
      id: 'cameras', group: 'cameras', note: true, sample: 'point', above: true,
      styleOf: function (data, i) { return data.get('seen_m', i) === 0 ? 1 : 0; },
      styles: [
        { radius: 4.6, fill: { colour: 'camera' }, strokes: [{ colour: 'halo', width: 1.4 }] },
        { radius: 4.2, fill: { colour: 'halo' }, strokes: [{ colour: 'camera', width: 1.6 }] }
      ]
    }
  ];

  /* What is picked stands out by an outline on both sides, whatever its colour; drawn on a canvas of its own. */
  Camgap.PICKED = {
    line: { styles: [{ strokes: [{ colour: 'ink', width: 5, plus: 9 }, { colour: 'picked', width: 5, plus: 6 }, { colour: 'ink', width: 5, plus: 1, erase: true }] }] },
    area: { styles: [{ fill: { colour: 'picked', opacity: 0.3 }, strokes: [{ colour: 'ink', width: 2.2, fixed: true }] }] },
    point: { styles: [{ radius: 9, strokes: [{ colour: 'ink', width: 4.5 }, { colour: 'picked', width: 2.2 }] }] }
  };

  /* Where a run tells no stretches in view: whole streets by their covered share, none, then in five steps. */
  Camgap.BY_SHARE = { styles: [uncovered(2.3)].concat([1, 2, 3, 4, 5].map(function (shade) { return { strokes: [{ colour: 'scale-' + shade, width: 3.6 }] }; })), show: 'all' };

  Camgap.shareStyle = function (share) {
    return share > 0 ? Math.min(5, Math.ceil(5 * share - 1e-9)) : 0;
  };

  Camgap.ORDER = ['streets', 'proposal', 'cameras', 'ground'];

  Camgap.SCALE = SCALE;

  var palette = {};

  /* Current value of a colour of the page's palette. */
  Camgap.colour = function (name) {
    return palette[name] || (palette[name] = getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim());
  };

  Camgap.forgetColours = function () {
    palette = {};
  };

  /* A sample of a look for the legend: an SVG whose colours follow the page's palette by themselves. */
  Camgap.sample = function (look) {
    var svg = Camgap.svg('svg', { width: 34, height: 16, viewBox: '0 0 34 16', 'aria-hidden': 'true', class: 'sample' });
    var own = look.styles.slice(0, look.own);
    var styles = look.show === 'all' ? own : own.slice(look.show || 0, (look.show || 0) + 1);
    styles.forEach(function (style, i) {
      var from = 1 + (32 * i) / styles.length, to = 1 + (32 * (i + 1)) / styles.length;
      if (look.sample === 'point') {
        svg.append(Camgap.svg('circle', { cx: 17, cy: 8, r: style.radius, style: ink(style.strokes[0], style.fill) }));
      } else if (look.sample === 'area') {
        svg.append(Camgap.svg('rect', { x: 4, y: 2, width: 26, height: 12, rx: 1.5, style: ink(style.strokes[0], style.fill) }));
      } else {
        style.strokes.forEach(function (stroke) {
          svg.append(Camgap.svg('path', { d: 'M' + from + ' 8H' + to, style: ink(stroke) }));
        });
      }
    });
    return svg;
  };

  /* A sample of a line, of its strokes. */
  Camgap.lineSample = function (strokes) {
    return Camgap.sample({ sample: 'line', styles: [{ strokes: strokes }] });
  };

  function ink(stroke, fill) {
    var style = 'fill:' + (fill ? 'var(--' + fill.colour + ')' : 'none');
    if (fill && fill.opacity) style += ';fill-opacity:' + fill.opacity;
    if (!stroke) return style;
    style += ';stroke:var(--' + stroke.colour + ');stroke-width:' + stroke.width + 'px;stroke-opacity:' + (stroke.opacity || 1);
    return stroke.dash ? style + ';stroke-dasharray:' + stroke.dash.join(' ') : style;
  }
})();
