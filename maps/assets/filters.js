/* What of the cameras and of the sites is shown: all of them, or those of one status, list or phase.
 *
 * Streets stay as they are: what they are covered by is the run's, not that of the cameras shown.
 */
(function () {
  'use strict';

  var MOST = 60; // values of a column one can choose among

  /* [{id, layer, column, group, values, counts}]: columns by which there is something to choose. */
  Camgap.filtersOf = function (layers, phases) {
    return [
      { id: 'status', layer: 'cameras', column: 'status', group: 'cameras' }, { id: 'source', layer: 'cameras', column: 'source', group: 'cameras' },
      { id: 'phase', layer: 'sites', column: 'phase', group: 'proposal', order: phases }
    ].map(function (filter) {
      var data = layers[filter.layer] && layers[filter.layer].data, counts = Object.create(null);
      for (var i = 0; data && data.has(filter.column) && i < data.count; i++) {
        var value = data.get(filter.column, i);
        if (value) counts[value] = (counts[value] || 0) + 1;
      }
      var known = filter.order || [], rank = function (value) { return known.includes(value) ? known.indexOf(value) : known.length; };
      filter.values = Object.keys(counts).sort(function (a, b) { return rank(a) - rank(b) || counts[b] - counts[a] || (a < b ? -1 : 1); });
      filter.counts = counts;
      return filter;
    }).filter(function (filter) { return filter.values.length > 1 && filter.values.length <= MOST; });
  };

  /* A value of a column as people say it; the names of lists and phases are the user's own. */
  Camgap.filterName = function (filter, value) {
    return filter.id === 'status' ? Camgap.term(value) : value;
  };

  /* Does a feature of a layer pass all filters of a state? */
  Camgap.passes = function (filters, state, layer, data, i) {
    return filters.every(function (filter) {
      return filter.layer !== layer || !state[filter.id] || data.get(filter.column, i) === state[filter.id];
    });
  };
})();
