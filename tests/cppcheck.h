/* What cppcheck must know of headers that it is not shown: the loops of jansson and of libsolv. */
#define json_array_foreach(array, i, item) for (i = 0; (item = json_array_get(array, i)); i++)
#define json_object_foreach(object, key, value) \
        for (key = json_key(object); (value = json_value(object, key)); key = json_key(object))
#define FOR_PROVIDES(v, vp, d) for (vp = d; (v = provider(vp)); vp++)
