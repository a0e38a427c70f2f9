/* Numbers and elements. Texts enter the page here, and only as text nodes: nothing in data can become markup. */
(function () {
  'use strict';

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
    return element;
  };

  /* Text from data: isolated, so that a right-to-left or control character cannot disturb what stands beside it. */
  Camgap.given = function (text) {
    return Camgap.el('bdi', {}, String(text));
  };

  function number(value, digits) {
    return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  Camgap.count = function (value) {
    return number(value, 0);
  };

  Camgap.metres = function (value) {
    var size = Math.abs(value);
    if (size >= 99950) return number(value / 1000, 0) + ' km';
    if (size >= 999.5) return number(value / 1000, size >= 9995 ? 1 : 2) + ' km';
    return number(value, size < 9.95 && size > 0 ? 1 : 0) + ' m';
  };

  Camgap.percent = function (share) {
    if (share > 0 && share < 0.0005) return '< 0.1 %';
    if (share < 1 && share >= 0.9995) return '> 99.9 %';
    return number(100 * share, 1) + ' %';
  };

  Camgap.money = function (value, currency) {
    var amount = number(value, value % 1 ? 2 : 0);
    return currency ? amount + ' ' + currency : amount;
  };

  // with hyphens that do not break
  var COMPASS = ['north', 'north‑east', 'east', 'south‑east', 'south', 'south‑west', 'west', 'north‑west'];

  /* Azimuth in degrees, with its compass point. */
  Camgap.heading = function (azimuth) {
    var degrees = ((Number(azimuth) % 360) + 360) % 360;
    return number(degrees, degrees % 1 ? 1 : 0) + '°\u00a0' + COMPASS[Math.round(degrees / 45) % 8];
  };

  /* "90;270" -> "90° east, 270° west"; anything but numbers stays as it is. */
  Camgap.headings = function (text) {
    return String(text).split(/[;,]\s*/).map(function (one) {
      return one.trim() !== '' && isFinite(one) ? Camgap.heading(one) : one;
    }).join(', ');
  };

  /* "living_street" -> "living street", "other_class:steps" -> "other class steps" */
  Camgap.plain = function (text) {
    return String(text).replace(/[_:]/g, ' ');
  };

  var FIELDS = { azimuth: 'direction', hfov: 'field of view', range: 'range', range_m: 'range', near: 'near limit', all_round: 'all-round view' };

  /* Name of a camera's field, for people. */
  Camgap.field = function (name) {
    return FIELDS[name] || Camgap.plain(name);
  };
})();
