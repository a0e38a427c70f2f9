/* From the unit square of the packed layers to places on the globe, and back. */
(function () {
  'use strict';

  var places = Camgap.places = {
    unit: function (latlng) {
      return { x: latlng.lng / 360 + 0.5, y: Camgap.mercatorY(latlng.lat) };
    },

    latLng: function (x, y) {
      return L.CRS.EPSG3857.pointToLatLng(L.point(256 * x, 256 * y), 0);
    },

    /* First point of a feature. */
    of: function (data, i) {
      var at = data.first[data.partsOf(i)[0]];
      return places.latLng(data.xy[2 * at], data.xy[2 * at + 1]);
    },

    bounds: function (data, i) {
      var box = data.boxOf(i);
      return L.latLngBounds(places.latLng(box[0], box[3]), places.latLng(box[2], box[1]));
    },

    /* The place on a line feature nearest to the middle of its box. */
    middle: function (data, i) {
      var box = data.boxOf(i), at = data.nearest(i, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2);
      return places.latLng(at.x, at.y);
    },

    /* A metre at a latitude, in the unit square. */
    metre: function (latitude) {
      return 1 / (40075016.7 * Math.cos((latitude * Math.PI) / 180));
    },

    /* Features that have a place. */
    features: function (data) {
      return Array.from({ length: data.count }, function (_, i) { return i; }).filter(function (i) { return data.partsOf(i).length; });
    }
  };
})();
