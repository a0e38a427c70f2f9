/* One box for everything with a name: streets, cameras, sites, districts. A combobox with a list, after the ARIA pattern. */
(function () {
  'use strict';

  var el = Camgap.el, t = Camgap.t;
  var SHOWN = 12;

  /* Everything that can be found: [{text, folded, kind, act}], from [{kind, data, names: [column], act(i)}]. */
  function entries(sources) {
    var all = [];
    sources.forEach(function (source) {
      for (var i = 0; i < source.data.count; i++) {
        var texts = source.names.map(function (name) { return source.data.get(name, i); }).filter(Boolean);
        if (!texts.length) continue;
        var text = Array.from(new Set(texts)).join(' · ');
        all.push({ text: text, folded: Camgap.fold(text), kind: source.kind, act: source.act.bind(null, i) });
      }
    });
    return all;
  }

  /* What begins with the words comes first, then what holds a word that does, then the rest. */
  function matches(all, wanted) {
    var found = [[], [], []];
    for (var i = 0; i < all.length; i++) {
      var at = all[i].folded.indexOf(wanted);
      if (at >= 0) found[at === 0 ? 0 : /[\s·/-]/.test(all[i].folded[at - 1]) ? 1 : 2].push(all[i]);
    }
    return found[0].concat(found[1], found[2]);
  }

  Camgap.search = function (sources) {
    var all = null, shown = [], active = -1; // names are read when first asked for
    var box = el('input', {
      type: 'search', id: 'search', role: 'combobox', 'aria-expanded': 'false', 'aria-controls': 'search-list', 'aria-autocomplete': 'list',
      'aria-label': t('search'), placeholder: t('search'), autocomplete: 'off', spellcheck: 'false', on: { input: fill, focus: fill, keydown: move, blur: function () { setTimeout(left, 150); } }
    });
    var list = el('ul', { id: 'search-list', role: 'listbox', 'aria-label': t('search'), hidden: '' });
    var said = el('p', { class: 'unseen', role: 'status' });

    function fill() {
      var wanted = Camgap.fold(box.value.trim());
      all = all || entries(sources);
      var found = wanted ? matches(all, wanted) : [];
      shown = found.slice(0, SHOWN);
      active = -1;
      list.replaceChildren(...(shown.length || !wanted ? shown.map(option) : [el('li', { class: 'none' }, t('search_none'))]));
      said.textContent = wanted ? t('search_found', { n: found.length }) : '';
      list.hidden = !wanted;
      box.setAttribute('aria-expanded', String(Boolean(wanted && shown.length)));
      box.removeAttribute('aria-activedescendant');
    }

    function option(entry, i) {
      return el('li', { role: 'option', id: 'search-' + i, 'aria-selected': 'false', on: { pointerdown: function (event) { event.preventDefault(); choose(i); } } },
        Camgap.given(entry.text), el('small', {}, t('search_' + entry.kind)));
    }

    function move(event) {
      if (event.key === 'Escape') {
        if (!list.hidden) event.preventDefault();
        close();
      } else if (event.key === 'Enter' && shown.length && !list.hidden) {
        choose(Math.max(active, 0));
      } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && shown.length) {
        event.preventDefault();
        mark((active + (event.key === 'ArrowDown' ? 1 : shown.length - (active < 0 ? 0 : 1))) % shown.length);
      }
    }

    function mark(i) {
      active = i;
      Array.from(list.children).forEach(function (row, k) { row.setAttribute('aria-selected', String(k === i)); });
      box.setAttribute('aria-activedescendant', 'search-' + i);
      list.children[i].scrollIntoView({ block: 'nearest' });
    }

    function choose(i) {
      var entry = shown[i];
      box.value = entry.text;
      close();
      entry.act();
    }

    function left() { if (document.activeElement !== box) close(); } // it may have been entered again meanwhile

    function close() {
      list.hidden = true;
      active = -1;
      box.setAttribute('aria-expanded', 'false');
      box.removeAttribute('aria-activedescendant');
    }

    return el('div', { class: 'search', role: 'search' }, box, list, said);
  };
})();
