/* What of the proposal stands at a step, and how streets in view are coloured then.
 *
 * A run says by `curve` which steps there are; without one the proposal is there as a whole or not at all. Lengths, shares and
 * money are the run's. Here only who sees a stretch is looked up: existing cameras always, a proposed one from its rank on.
 */
(function () {
  'use strict';

  var HIDDEN = Camgap.HIDDEN;

  /* Steps of a run: [{sites, money, covered_m, share, bound_share}]; what is not known is undefined. */
  Camgap.stepsOf = function (curve, sites) {
    if (curve.length) return curve;
    return sites ? [{ sites: 0 }, { sites: sites }] : [{ sites: 0 }];
  };

  /* The classes of a theme, in ascending order: [{title, colour}]. */
  Camgap.classesOf = function (theme) {
    var names = theme.values ? theme.values.map(Camgap.term) : theme.bounds.map(function (bound) {
      return theme.id === 'overlap' ? Camgap.t('overlap_' + bound) : Camgap.t('from_share', { share: Camgap.percent(bound) });
    });
    return names.map(function (title, i) {
      return { title: title, colour: 'scale-' + shade(i, names.length) };
    });
  };

  /* One of the five shades, 1 to 5, for class i of n. */
  function shade(i, n) {
    return n === 1 ? 5 : 1 + Math.round((4 * i) / (n - 1));
  }

  /* A layer of stretches in view: who sees each, at every step. */
  Camgap.Seen = class {
    constructor(data) {
      this.data = data;
      this._cameras = data.has('cameras') ? this._lists('cameras') : null;
      this._ranks = data.has('sites') ? this._lists('sites') : null;
    }

    _lists(name) {
      var known = new Map(), data = this.data;
      return Array.from({ length: data.count }, function (_, i) {
        var text = data.get(name, i) || '[]';
        if (!known.has(text)) known.set(text, JSON.parse(text));
        return known.get(text);
      });
    }

    cameras(i) {
      return this._cameras ? this._cameras[i] : [];
    }

    ranks(i, sites) {
      return this._ranks ? this._ranks[i].filter(function (rank) { return rank <= sites; }) : [];
    }

    /* Number of cameras that see a stretch once `sites` of the proposal stand; 3 may mean more where a run has no lists. */
    depth(i, sites) {
      if (!this._ranks) return this.data.get('depth', i) || 1;
      var ranks = this._ranks[i], n = this._cameras[i].length;
      for (var k = 0; k < ranks.length; k++) if (ranks[k] <= sites) n++;
      return n;
    }

    /* Is a stretch in view once `sites` of the proposal stand, in a light? */
    inView(i, sites, light) {
      return (this.first(i) || 0) <= sites && this.lit(i, light);
    }

    /* Rank of the proposed camera that covers a stretch first; 0 where it is covered today, null where that is not known. */
    first(i) {
      return this.data.has('step') ? this.data.get('step', i) : null;
    }

    lit(i, light) {
      var lights = light && this.data.has('light') ? this.data.get('light', i) : null;
      return !lights || lights.split(/[^a-z]+/).includes(light);
    }

    /* Class of a stretch in a theme; -1 where the run does not tell. */
    classOf(i, theme, sites) {
      var value = theme.id === 'overlap' ? this.depth(i, sites) : this.data.has(theme.column) ? this.data.get(theme.column, i) : null;
      if (value === null) return -1;
      if (theme.values) return theme.values.indexOf(value);
      var found = -1;
      theme.bounds.forEach(function (bound, k) { if (value >= bound) found = k; });
      return found;
    }

    /* Write the style of every stretch: `plain(i, depth)` where there is no theme, else the theme's class, from `least` on. */
    paint(styles, show, plain) {
      var n = show.theme ? (show.theme.values || show.theme.bounds).length : 0;
      for (var i = 0; i < styles.length; i++) {
        if (!this.inView(i, show.sites, show.light)) styles[i] = HIDDEN;
        else if (!show.theme) styles[i] = plain(this, i);
        else {
          var at = this.classOf(i, show.theme, show.sites);
          styles[i] = at < show.least ? HIDDEN : show.firstStyle + shade(at, n) - 1;
        }
      }
    }
  };
})();
