// The tree-sitter core and the grammars of .build-deps, as one C module.
//
// The headers are reached by a relative path, so that a plain `swift build` needs no search path.
#pragma once

#if !__has_include("../../../.build-deps/include/tree_sitter/api.h")
#error "tree-sitter is not set up: run .ci/treesitter.sh first"
#endif
#include "../../../.build-deps/include/tree_sitter/api.h"

/// The digest (64 hexadecimal digits) of the sources a grammar was built from; "core" names the
/// parser library itself. NULL for an unknown name.
const char *ctreesitter_source_digest(const char *name);

#define CTREESITTER_GRAMMAR(name) const TSLanguage *tree_sitter_##name(void)

CTREESITTER_GRAMMAR(bash);
CTREESITTER_GRAMMAR(c);
CTREESITTER_GRAMMAR(c_sharp);
CTREESITTER_GRAMMAR(cpp);
CTREESITTER_GRAMMAR(go);
CTREESITTER_GRAMMAR(java);
CTREESITTER_GRAMMAR(javascript);
CTREESITTER_GRAMMAR(kotlin);
CTREESITTER_GRAMMAR(lua);
CTREESITTER_GRAMMAR(php);
CTREESITTER_GRAMMAR(python);
CTREESITTER_GRAMMAR(ruby);
CTREESITTER_GRAMMAR(rust);
CTREESITTER_GRAMMAR(scala);
CTREESITTER_GRAMMAR(swift);
CTREESITTER_GRAMMAR(tsx);
CTREESITTER_GRAMMAR(typescript);

#undef CTREESITTER_GRAMMAR
