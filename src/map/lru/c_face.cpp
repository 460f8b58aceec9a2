// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include <resile/resile.h>
#include <resile/byte_lru_map.hpp>

#include <new>
#include <stdexcept>

struct resile_lru {
    resile::byte_lru_map map;
    void (*on_eviction)(void*, const void*, const void*);
    void* eviction_context;

    resile_lru(size_t key_bytes, size_t value_bytes, size_t max_entries, const resile_lru_options* options)
        : map(key_bytes, value_bytes, max_entries, translated(options)),
          on_eviction(options == nullptr ? nullptr : options->on_eviction),
          eviction_context(options == nullptr ? nullptr : options->eviction_context) {}

    resile::lru_options translated(const resile_lru_options* options) {
        resile::lru_options ours;
        if (options == nullptr) return ours;
        if (options->per_cpu != 0) ours.order = resile::recency::per_cpu;
        if (options->contexts != 0) ours.contexts = options->contexts;
        ours.seed = options->seed;
        if (options->on_eviction != nullptr) {
            ours.on_eviction = [](void* self, const void* key, const void* value) noexcept {
                const auto* owner = static_cast<resile_lru*>(self);
                owner->on_eviction(owner->eviction_context, key, value);
            };
            ours.eviction_context = this;
        }
        return ours;
    }
};

namespace {

int code_of(resile::put_result result) noexcept {
    switch (result) {
        case resile::put_result::inserted:
            return RESILE_INSERTED;
        case resile::put_result::replaced:
            return RESILE_REPLACED;
        case resile::put_result::exists:
            return RESILE_EXISTS;
        case resile::put_result::absent:
            return RESILE_ABSENT;
        case resile::put_result::no_memory:
        case resile::put_result::no_such_cpu:
            break;
    }
    return RESILE_NO_MEMORY;
}

int code_of(bool found) noexcept {
    return found ? RESILE_OK : RESILE_ABSENT;
}

// A change function as C has it.
struct change_call {
    void (*change)(void*, void*, int);
    void* context;
};
void perform_change(void* call, void* value, bool present) noexcept {
    const auto* wanted = static_cast<const change_call*>(call);
    wanted->change(wanted->context, value, present ? 1 : 0);
}

template <class... Pointers>
bool any_null(const Pointers*... pointers) noexcept {
    return ((pointers == nullptr) || ...);
}

}  // namespace

extern "C" {

const char* resile_error_text(int error) noexcept {
    switch (error) {
        case RESILE_OK:
            return "success";
        case RESILE_INSERTED:
            return "the key was inserted";
        case RESILE_REPLACED:
            return "the key's value was replaced";
        case RESILE_ABSENT:
            return "the key is not in the map";
        case RESILE_EXISTS:
            return "the key is in the map already; use put to replace its value";
        case RESILE_NO_MEMORY:
            return "no memory: make the map smaller, or tell it of more contexts";
        case RESILE_BAD_ARGUMENT:
            return "a pointer is null, or a size is 0, or struct_bytes is not that of this version";
        case RESILE_TOO_LARGE:
            return "keys have at most 4096 bytes, values 65536, maps 2^31 entries";
        default:
            return "no error of resile";
    }
}

int resile_lru_create(resile_lru** map, size_t key_bytes, size_t value_bytes, size_t max_entries,
                      const resile_lru_options* options) noexcept {
    if (map == nullptr) return RESILE_BAD_ARGUMENT;
    *map = nullptr;
    if (options != nullptr && options->struct_bytes != sizeof(*options)) return RESILE_BAD_ARGUMENT;
    try {
        *map = new resile_lru(key_bytes, value_bytes, max_entries, options);
        return RESILE_OK;
    } catch (const std::invalid_argument&) {
        return RESILE_BAD_ARGUMENT;
    } catch (const std::length_error&) {
        return RESILE_TOO_LARGE;
    } catch (const std::bad_alloc&) {
        return RESILE_NO_MEMORY;
    }
}
void resile_lru_destroy(resile_lru* map) noexcept {
    delete map;
}

int resile_lru_get(const resile_lru* map, const void* key, void* value) noexcept {
    return any_null(map, key) ? RESILE_BAD_ARGUMENT : code_of(map->map.get(key, value));
}
int resile_lru_peek(const resile_lru* map, const void* key, void* value) noexcept {
    return any_null(map, key) ? RESILE_BAD_ARGUMENT : code_of(map->map.peek(key, value));
}
int resile_lru_put(resile_lru* map, const void* key, const void* value) noexcept {
    return any_null(map, key, value) ? RESILE_BAD_ARGUMENT : code_of(map->map.put(key, value));
}
int resile_lru_insert(resile_lru* map, const void* key, const void* value) noexcept {
    return any_null(map, key, value) ? RESILE_BAD_ARGUMENT : code_of(map->map.insert(key, value));
}
int resile_lru_replace(resile_lru* map, const void* key, const void* value) noexcept {
    return any_null(map, key, value) ? RESILE_BAD_ARGUMENT : code_of(map->map.replace(key, value));
}
int resile_lru_put_evicting(resile_lru* map, const void* key, const void* value, void* victim_key,
                            void* victim_value, int* evicted) noexcept {
    if (any_null(map, key, value) || evicted == nullptr) return RESILE_BAD_ARGUMENT;
    resile::byte_lru_map::victim_room room{victim_key, victim_value};
    const int result = code_of(map->map.put(key, value, &room));
    *evicted = room.filled ? 1 : 0;
    return result;
}
int resile_lru_upsert(resile_lru* map, const void* key, void (*change)(void*, void*, int),
                      void* context) noexcept {
    if (any_null(map, key) || change == nullptr) return RESILE_BAD_ARGUMENT;
    change_call call{change, context};
    return code_of(map->map.upsert(key, perform_change, &call));
}
int resile_lru_update(resile_lru* map, const void* key, void (*change)(void*, void*, int),
                      void* context) noexcept {
    if (any_null(map, key) || change == nullptr) return RESILE_BAD_ARGUMENT;
    change_call call{change, context};
    return code_of(map->map.update(key, perform_change, &call));
}
int resile_lru_get_or_insert(resile_lru* map, const void* key, const void* initial, void* value) noexcept {
    return any_null(map, key, initial, value) ? RESILE_BAD_ARGUMENT
                                              : code_of(map->map.get_or_insert(key, initial, value));
}
int resile_lru_erase(resile_lru* map, const void* key) noexcept {
    return any_null(map, key) ? RESILE_BAD_ARGUMENT : code_of(map->map.erase(key));
}
int resile_lru_take(resile_lru* map, const void* key, void* value) noexcept {
    return any_null(map, key, value) ? RESILE_BAD_ARGUMENT : code_of(map->map.take(key, value));
}
int resile_lru_clear(resile_lru* map) noexcept {
    if (map == nullptr) return RESILE_BAD_ARGUMENT;
    map->map.clear();
    return RESILE_OK;
}
int resile_lru_find(resile_lru* map, const void* key, resile_lru_handle* handle) noexcept {
    if (any_null(map, key) || handle == nullptr) return RESILE_BAD_ARGUMENT;
    auto found = map->map.find(key);
    handle->map = map;
    handle->value = found.value();
    handle->reserved = found.detach();
    return handle->value != nullptr ? RESILE_OK : RESILE_ABSENT;
}
int resile_lru_release(resile_lru_handle* handle) noexcept {
    if (handle == nullptr) return RESILE_BAD_ARGUMENT;
    if (handle->value == nullptr) return RESILE_OK;
    const auto ended = handle->map->map.attach(static_cast<std::uint32_t>(handle->reserved));
    handle->value = nullptr;
    return RESILE_OK;
}
int resile_lru_for_each(const resile_lru* map, void (*visit)(void*, const void*, const void*),
                        void* context) noexcept {
    if (map == nullptr || visit == nullptr) return RESILE_BAD_ARGUMENT;
    map->map.for_each(visit, context);
    return RESILE_OK;
}
size_t resile_lru_size(const resile_lru* map) noexcept {
    return map == nullptr ? 0 : map->map.size();
}
size_t resile_lru_max_size(const resile_lru* map) noexcept {
    return map == nullptr ? 0 : map->map.max_size();
}
int resile_lru_statistics(const resile_lru* map, resile_lru_counts* counts) noexcept {
    if (map == nullptr || counts == nullptr) return RESILE_BAD_ARGUMENT;
    const resile::lru_counts sum = map->map.statistics().total();
    *counts = {sum.hits,      sum.misses,   sum.insertions, sum.replacements,
               sum.evictions, sum.erasures, sum.retries,    sum.no_memory};
    return RESILE_OK;
}

}  // extern "C"
