/* What a link to a view remembers, written into the page's address after the #, and read from it.
 *
 *   #map=15.5/48.13712/11.57539&step=7&by=overlap&least=1&status=working&light=night&hide=gaps,names&lang=zh&mode=dark
 *
 * Only what differs from the default is written. What cannot be understood is left out, never an error: links are typed,
 * cut and pasted.
 */
(function () {
  'use strict';

  /* Read a hash. `allowed`: {steps, themes: {id: classes}, lights, layers, languages, filters: {id: values}}. */
  Camgap.readLink = function (hash, allowed) {
    var given = new URLSearchParams(hash.replace(/^#/, '')), link = { hide: [] };
    var view = (given.get('map') || '').split('/').map(Number);
    if (view.length === 3 && view.every(isFinite) && Math.abs(view[1]) <= 85 && Math.abs(view[2]) <= 180 && view[0] >= 0) link.view = view;
    var step = whole(given.get('step')), least = whole(given.get('least'));
    if (step !== null && step < allowed.steps) link.step = step;
    if (Object.hasOwn(allowed.themes, given.get('by'))) {
      link.theme = given.get('by');
      if (least !== null && least < allowed.themes[link.theme]) link.least = least;
    }
    ['light', 'lang', 'mode'].forEach(function (name) {
      var choices = { light: allowed.lights, lang: allowed.languages, mode: ['light', 'dark'] }[name];
      if (choices.includes(given.get(name))) link[name] = given.get(name);
    });
    Object.keys(allowed.filters).forEach(function (name) { if (allowed.filters[name].includes(given.get(name))) link[name] = given.get(name); });
    link.hide = (given.get('hide') || '').split(',').filter(function (id) { return allowed.layers.includes(id); });
    return link;
  };

  /* Write a hash; `link` holds only what differs from the default. */
  Camgap.writeLink = function (link) {
    var parts = [];
    if (link.view) parts.push('map=' + link.view[0] + '/' + link.view[1].toFixed(5) + '/' + link.view[2].toFixed(5));
    if (link.step !== undefined) parts.push('step=' + link.step);
    if (link.theme) parts.push('by=' + encodeURIComponent(link.theme));
    if (link.least) parts.push('least=' + link.least);
    ['status', 'source', 'phase', 'light', 'lang', 'mode'].forEach(function (name) { if (link[name]) parts.push(name + '=' + encodeURIComponent(link[name])); });
    if (link.hide.length) parts.push('hide=' + link.hide.join(','));
    return parts.length ? '#' + parts.join('&') : '';
  };

  function whole(text) {
    return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
  }
})();
