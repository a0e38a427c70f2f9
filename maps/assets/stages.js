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

  /* Column of a theme in a light, today or with the whole proposal. */
  Camgap.columnOf = function (theme, light, isToday) {
    var columns = isToday && Camgap.knowsToday(theme) ? theme.today : theme.columns;
    return columns[light in columns ? light : Object.keys(columns)[0]];
  };

  /* Does the run tell a theme of a layer of its own for today too? */
  Camgap.knowsToday = function (theme) {
    return Boolean(theme.today && Object.keys(theme.today).length);
  };

  /* What a theme of a layer of its own says of that layer's features: of every step where the run tells it, else of today and
   * of the whole proposal. */
  Camgap.Told = class {
    constructor(theme, data) {
      this._theme = theme;
      this._data = data;
      this._pairs = {};
    }

    get everyStep() {
      return Boolean(this._theme.steps && Object.keys(this._theme.steps).length);
    }

    /* What of the state the answers depend on, besides the light. */
    state(sites, isToday) {
      return this.everyStep ? sites : Boolean(isToday && Camgap.knowsToday(this._theme));
    }

    value(i, light, sites, isToday) {
      var pair = this.everyStep ? this._last(i, light, sites) : null;
      return this.everyStep ? (pair ? pair[1] : null) : this._data.get(Camgap.columnOf(this._theme, light, isToday), i);
    }

    /* Class of a feature; -1 where it lies below all of them. */
    classOf(i, light, sites, isToday) {
      if (!this.everyStep) return Camgap.classAt(this._theme, this.value(i, light, sites, isToday));
      var pair = this._last(i, light, sites);
      return pair ? pair[2] : -1;
    }

    /* The last [step, value, class] that has come; undefined where there is none. */
    _last(i, light, sites) {
      var columns = this._theme.steps, column = columns[light in columns ? light : Object.keys(columns)[0]];
      var pairs = (this._pairs[column] || (this._pairs[column] = this._read(column)))[i], k = pairs.length - 1;
      while (k >= 0 && pairs[k][0] > sites) k--;
      return pairs[k];
    }

    _read(column) {
      var theme = this._theme;
      return lists(this._data, column, function (pair) { return [pair[0], pair[1], Camgap.classAt(theme, pair[1])]; });
    }
  };

  /* Length and share of class `at` of a theme and of all above it, at the step shown: {m, share}; null where the run does not
   * tell. */
  Camgap.figureOf = function (theme, light, at, step) {
    var figures = theme.figures || {}, known = figures[light in figures ? light : ''];
    return known && step < known[at].m.length ? { m: known[at].m[step], share: known[at].share[step] } : null;
  };

  /* A column of JSON lists, read: equal texts become one list. */
  function lists(data, name, read) {
    var known = new Map();
    return Array.from({ length: data.count }, function (_, i) {
      var text = data.get(name, i) || '[]';
      if (!known.has(text)) known.set(text, read ? JSON.parse(text).map(read) : JSON.parse(text));
      return known.get(text);
    });
  }

  /* Number of classes of a theme. */
  Camgap.classCount = function (theme) {
    return (theme.values || theme.bounds).length;
  };

  /* Class of a value in a theme; -1 where the run does not tell, or it lies below all classes. */
  Camgap.classAt = function (theme, value) {
    if (value === null || value === '') return -1;
    if (theme.values) return theme.values.indexOf(value);
    var found = -1;
    theme.bounds.forEach(function (bound, k) { if (value >= bound) found = k; });
    return found;
  };

  /* Style of a class of a theme among the five shades, after a look's own styles; hidden below the class asked for. */
  Camgap.styleAt = function (theme, at, least, own) {
    return at < least ? HIDDEN : own + shade(at, Camgap.classCount(theme)) - 1;
  };

  /* A layer of stretches: who sees each, at every step. `retired` is {camera id: rank of the action that replaces it}. */
  Camgap.Seen = class {
    constructor(data, retired) {
      this.data = data;
      this._retired = retired;
      this._cameras = data.has('cameras') ? lists(data, 'cameras') : null;
      this._ranks = data.has('sites') ? lists(data, 'sites') : null;
    }

    /* Ids of the existing cameras that see a stretch, those replaced by then left out. */
    cameras(i, sites) {
      var retired = this._retired;
      return this._cameras ? this._cameras[i].filter(function (id) { return !(retired[id] <= sites); }) : [];
    }

    /* Ranks of the proposed ones that see it. */
    ranks(i, sites) {
      return this._ranks ? this._ranks[i].filter(function (rank) { return rank <= sites; }) : [];
    }

    /* Number of cameras that see a stretch once `sites` of the proposal stand; where a run has no lists, what it counts with
     * the whole proposal, 3 for three or more. */
    depth(i, sites) {
      if (this._ranks && this._cameras) return this.cameras(i, sites).length + this.ranks(i, sites).length;
      return this.data.get('depth', i) || 1;
    }

    /* Is a stretch in view once `sites` of the proposal stand? */
    inView(i, sites) {
      return (this.first(i) || 0) <= sites && this.depth(i, sites) > 0;
    }

    /* Rank of the proposed camera that covers a stretch first; 0 where it is covered today, null where that is not known. */
    first(i) {
      return this.data.has('step') ? this.data.get('step', i) : null;
    }
  };
})();
