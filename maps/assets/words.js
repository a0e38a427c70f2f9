/* Words, numbers and elements. Texts enter the page here, and only as text nodes: nothing in data can become markup.
 *
 * Everything the page says itself comes from the catalogue (words.json), in the language chosen by `Camgap.speak`.
 */
(function () {
  'use strict';

  var catalogue = {}, words = {}, locale = 'en', plural = null, formats = {};

  /* Give the page its catalogue: {language: {key: text}}. */
  Camgap.learn = function (all) {
    catalogue = all;
  };

  Camgap.languages = function () {
    return Object.keys(catalogue);
  };

  /* Speak a language of the catalogue from now on. */
  Camgap.speak = function (language) {
    words = catalogue[language];
    locale = words.locale;
    plural = new Intl.PluralRules(locale);
    formats = {};
    document.documentElement.lang = locale;
  };

  /* Text of a key with its {places} filled; `values.n`, a number, chooses between singular and plural. */
  Camgap.t = function (key, values) {
    return pieces(key, values).join('');
  };

  /* The same as a list of children for `Camgap.el`: values may be elements. */
  Camgap.say = function (key, values) {
    return pieces(key, values);
  };

  function pieces(key, values) {
    var one = values && typeof values.n === 'number' && plural.select(values.n) === 'one' ? words[key + '_one'] : undefined;
    var text = one === undefined ? words[key] : one;
    if (text === undefined) throw new Error('no word for ' + key);
    return text.split(/\{(\w+)\}/).map(function (piece, i) {
      if (i % 2 === 0) return piece;
      return typeof values[piece] === 'number' ? Camgap.count(values[piece]) : values[piece];
    });
  }

  /* A word of the data, for people: "living_street" -> "living street", "other_class:steps" -> "other class steps". */
  Camgap.term = function (text) {
    var known = words.terms, whole = String(text);
    if (Object.hasOwn(known, whole)) return known[whole];
    return whole.split(':').map(function (one) { return Object.hasOwn(known, one) ? known[one] : one.replace(/_/g, ' '); }).join(' ');
  };

  /* An action of a plan, whose words mean other things elsewhere: "light" is a field of cameras as well. */
  Camgap.action = function (text) {
    var named = 'action:' + text;
    return Object.hasOwn(words.terms, named) ? words.terms[named] : Camgap.term(text);
  };

  /* "primary, living_street and 3 more" -> each word as a term. */
  Camgap.terms = function (text) {
    return String(text).split(/,\s*/).map(Camgap.term).join(', ');
  };

  /* A street's name for people; results write "(residential)" for one that has none. */
  Camgap.streetName = function (name) {
    var unnamed = /^\((\w+)\)$/.exec(name);
    return unnamed ? Camgap.t('unnamed_class', { class: Camgap.term(unnamed[1]) }) : name || Camgap.t('unnamed_street');
  };

  /* Create an element: properties, then children (elements, or texts, or null for nothing). */
  Camgap.el = function (tag, properties) {
    var element = document.createElement(tag);
    Object.keys(properties || {}).forEach(function (name) {
      if (name === 'class') element.className = properties[name];
      else if (name === 'on') Object.keys(properties.on).forEach(function (event) { element.addEventListener(event, properties.on[event]); });
      else element.setAttribute(name, properties[name]);
    });
    element.append.apply(element, Array.prototype.slice.call(arguments, 2).filter(function (child) { return child !== null && child !== undefined; }));
    return element;
  };

  Camgap.svg = function (tag, attributes) {
    var element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    Object.keys(attributes).forEach(function (name) { element.setAttribute(name, attributes[name]); });
    element.append.apply(element, Array.prototype.slice.call(arguments, 2));
    return element;
  };

  /* Text from data: isolated, so that a right-to-left or control character cannot disturb what stands beside it. */
  Camgap.given = function (text) {
    return Camgap.el('bdi', {}, String(text));
  };

  function number(value, digits, options) {
    var key = digits + JSON.stringify(options || {});
    var format = formats[key] || (formats[key] = new Intl.NumberFormat(locale, Object.assign({ minimumFractionDigits: digits, maximumFractionDigits: digits }, options)));
    return format.format(value);
  }

  Camgap.density = function (value) {
    return number(value, value % 1 ? 1 : 0);
  };

  Camgap.count = function (value) {
    return number(value, 0);
  };

  Camgap.metres = function (value) {
    var size = Math.abs(value);
    if (size >= 99950) return kilometres(value, 0);
    if (size >= 999.5) return kilometres(value, size >= 9995 ? 1 : 2);
    return number(value, size < 9.95 && size > 0 ? 1 : 0, { style: 'unit', unit: 'meter' });
  };

  function kilometres(value, digits) {
    return number(value / 1000, digits, { style: 'unit', unit: 'kilometer' });
  }

  Camgap.percent = function (share) {
    if (share > 0 && share < 0.0005) return Camgap.t('less', { share: hundredths(0.001) });
    if (share < 1 && share >= 0.9995) return Camgap.t('greater', { share: hundredths(0.999) });
    return hundredths(share);
  };

  /* A share that another does not exceed, rounded up; nothing is 0, not the -0 that ceil makes of it. */
  Camgap.atMost = function (share) { return hundredths(Math.max(0, Math.ceil(1000 * share - 1e-9)) / 1000); };

  function hundredths(share) {
    return locale === 'en' ? number(100 * share, 1) + ' %' : number(share, 1, { style: 'percent' });
  }

  /* Money: where the currency is one Intl knows and the language is not English, its name in that language. */
  Camgap.money = function (value, currency) {
    var digits = value % 1 ? 2 : 0;
    if (currency && locale !== 'en' && /^[A-Z]{3}$/.test(currency)) return number(value, digits, { style: 'currency', currency: currency, currencyDisplay: 'name' });
    return number(value, digits) + (currency ? ' ' + currency : '');
  };

  /* Azimuth in degrees, with its compass point. */
  Camgap.heading = function (azimuth) {
    var degrees = ((Number(azimuth) % 360) + 360) % 360;
    return number(degrees, degrees % 1 ? 1 : 0) + '°\u00a0' + Camgap.t('compass_' + (Math.round(degrees / 45) % 8));
  };

  /* "90;270" -> "90° east, 270° west"; anything but numbers stays as it is. */
  Camgap.headings = function (text) {
    return String(text).split(/[;,]\s*/).map(function (one) {
      return one.trim() !== '' && isFinite(one) ? Camgap.heading(one) : one;
    }).join(', ');
  };

  /* For searching: without case, without accents. */
  Camgap.fold = function (text) {
    return text.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').toLowerCase().replace(/ß/g, 'ss');
  };
})();
