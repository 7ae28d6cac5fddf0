// Ties the products to the prebuilt library: the generated header changes when the library does,
// so this object is compiled again and everything that depends on it is linked again.

#include "CTreeSitter.h"
#include "../../.build-deps/include/treesitter-build.h"
#include <string.h>

__attribute__((used)) static const char *const build_key = treesitter_build_key;

const char *ctreesitter_source_digest(const char *name) {
    size_t count = sizeof treesitter_sources / sizeof treesitter_sources[0];
    for (size_t index = 0; index < count; index++) {
        if (strcmp(treesitter_sources[index].name, name) == 0) {
            return treesitter_sources[index].digest;
        }
    }
    return NULL;
}
