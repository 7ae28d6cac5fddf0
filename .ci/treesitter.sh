#!/usr/bin/env bash
# Builds .build-deps/{include,lib,licenses}: the tree-sitter core and 17 grammars, from the source
# distributions pinned in treesitter.lock, as one static library.
#
# Safe to run again: it does nothing while this script, the lock file and the compiler are the same.
# Nothing outside .build-deps is written. Takes about 40 s on two quiet cores.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
deps=$root/.build-deps
lock=$root/.ci/treesitter.lock
cc=${CC:-clang}

core_name=tree_sitter-0.26.1
pack_name=tree_sitter_language_pack-0.13.0
sharp_name=tree_sitter_c_sharp-0.23.1
# The pack's Swift grammar does not know typed throws; every function with them would be broken.
swift_name=tree_sitter_swift-0.7.4
# The biggest come first, so that two cores end at about the same time.
pack_languages="scala kotlin cpp ruby bash php typescript tsx rust java python javascript c go lua"
languages="swift c_sharp $pack_languages"

fail() { echo "tree-sitter: $1; $2" >&2; exit 1; }

for tool in "$cc" python3 objcopy tar sha256sum flock xargs; do
  command -v "$tool" > /dev/null || fail "$tool is missing" \
    "install clang, python3 with pip, binutils, tar and util-linux"
done
archiver=$(command -v ar || command -v llvm-ar) || fail "ar is missing" "install binutils"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
  || fail "python3 is older than 3.10" "install a newer one (it only unpacks, nothing runs later)"
python3 -m pip --version > /dev/null 2>&1 || fail "python3 has no pip" "install python3-pip"

key=$(cat "$0" "$lock" <("$cc" --version | grep -v InstalledDir) | sha256sum | cut -d' ' -f1)
is_current() {
  [ "$(cat "$deps/treesitter.stamp" 2> /dev/null || true)" = "$key" ] \
    && [ -f "$deps/lib/libtreesitter-all.a" ] && [ -f "$deps/include/tree_sitter/api.h" ]
}
if is_current; then echo "tree-sitter: up to date"; exit 0; fi

mkdir -p "$deps"
exec 9> "$deps/treesitter.lock"
flock 9
if is_current; then echo "tree-sitter: up to date"; exit 0; fi

work=$(mktemp -d "$deps/tmp.XXXXXX")
trap 'rm -rf "$work"' EXIT
src=$work/src
out=$work/out
mkdir -p "$src" "$work/objects" "$out/include/tree_sitter" "$out/lib" "$out/licenses"

echo "tree-sitter: fetching four source distributions (about 55 MB)"
# pip compares the digests before it unpacks anything.
python3 -m pip download -q --disable-pip-version-check --no-deps --require-hashes -d "$work" \
  -r "$lock" --no-binary tree-sitter,tree-sitter-language-pack,tree-sitter-c-sharp,tree-sitter-swift \
  || fail "the pinned sources could not be fetched or have another digest" \
    "check the network and .ci/treesitter.lock"

members=()
for language in $pack_languages; do
  members+=("$pack_name/parsers/$language/src/*.c" "$pack_name/parsers/$language/src/tree_sitter/*.h"
    "$pack_name/parsers/$language/common/*.h")
done
# tar reports failure because most grammars have no common folder; compile_grammar looks for gaps.
tar -xzf "$work/$pack_name.tar.gz" -C "$src" --wildcards "${members[@]}" "$pack_name/LICENSE" \
  "$pack_name/sources/language_definitions.json" 2> "$work/tar.err" || true
tar -xzf "$work/$sharp_name.tar.gz" -C "$src"
tar -xzf "$work/$swift_name.tar.gz" -C "$src"
tar -xzf "$work/$core_name.tar.gz" -C "$src"
mv "$src/$pack_name/parsers" "$src/parsers"
mkdir -p "$src/parsers/c_sharp" "$src/parsers/swift"
mv "$src/$sharp_name/src" "$src/parsers/c_sharp/src"
mv "$src/$swift_name/src" "$src/parsers/swift/src"
# C# ships no headers; java's are those of the same parser format (ABI 14).
cp -r "$src/parsers/java/src/tree_sitter" "$src/parsers/c_sharp/src/"
core=$src/$core_name/tree_sitter/core/lib

# Each grammar sees only its own headers (four different parser.h are among them) and exports only
# its own entry point (several scanners have globals of equal names).
compile_grammar() {
  local name=$1 folder=$src/parsers/$1/src object objects=() wanted file
  [ -f "$folder/parser.c" ] && [ -f "$folder/tree_sitter/parser.h" ] \
    || { echo "tree-sitter: sources of $name are incomplete" >&2; return 1; }
  wanted=$(sed -n 's/^#define EXTERNAL_TOKEN_COUNT \([0-9]*\).*/\1/p' "$folder/parser.c" | head -1)
  [ "$wanted" = 0 ] || [ -f "$folder/scanner.c" ] \
    || { echo "tree-sitter: $name has no scanner.c" >&2; return 1; }
  for file in parser scanner; do
    [ -f "$folder/$file.c" ] || continue
    object=$work/objects/$name.$file.part
    "$cc" -O1 -fPIC -std=c11 -w -ffile-prefix-map="$src"=. -I"$folder" \
      -c "$folder/$file.c" -o "$object" || return 1
    objects+=("$object")
  done
  "$cc" -r -nostdlib -o "$work/objects/$name.whole" "${objects[@]}" || return 1
  objcopy --keep-global-symbol="tree_sitter_$name" "$work/objects/$name.whole" \
    "$work/objects/$name.o"
}

compile_core() {
  "$cc" -O2 -fPIC -std=c11 -w -D_POSIX_C_SOURCE=200112L -D_DEFAULT_SOURCE \
    -ffile-prefix-map="$src"=. -I"$core/include" -I"$core/src" \
    -c "$core/src/lib.c" -o "$work/objects/core.o" || return 1
  objcopy -w --keep-global-symbol='ts_*' "$work/objects/core.o"
}

export cc work src core
export -f compile_grammar compile_core
echo "tree-sitter: compiling the core and $(echo "$languages" | wc -w) grammars"
printf '%s\n' $languages core | xargs -P "$(nproc)" -I{} bash -c \
  'set -e; if [ {} = core ]; then compile_core; else compile_grammar {}; fi' \
  || fail "a grammar did not compile" "see the lines above"
(cd "$work/objects" && "$archiver" rcsD "$out/lib/libtreesitter-all.a" $(ls ./*.o | LC_ALL=C sort))

cp "$core/include/tree_sitter/api.h" "$out/include/tree_sitter/"
cp "$src/$core_name/LICENSE" "$out/licenses/tree-sitter"
cp "$src/$pack_name/LICENSE" "$out/licenses/language-pack"
cp "$src/$sharp_name/LICENSE" "$out/licenses/c_sharp"
cp "$src/$swift_name/LICENSE" "$out/licenses/swift"
cp "$src/$pack_name/sources/language_definitions.json" "$out/licenses/"

# The build key makes SwiftPM link again when the library changes. The source digests say which
# grammar made a tree: they do not depend on the compiler, so that two machines can agree.
{
  echo "static const char treesitter_build_key[] = \"$key\";"
  echo "static const struct { const char *name; const char *digest; } treesitter_sources[] = {"
  for language in core $languages; do
    if [ "$language" = core ]; then folder=$core/src; else folder=$src/parsers/$language; fi
    digest=$(cd "$folder" && find . -name '*.[ch]' | LC_ALL=C sort | xargs sha256sum \
      | sha256sum | cut -d' ' -f1)
    echo "    {\"$language\", \"$digest\"},"
  done
  echo "};"
} > "$out/include/treesitter-build.h"

rm -rf "$deps/include" "$deps/lib" "$deps/licenses" "$deps/treesitter.stamp"
mv "$out"/* "$deps/"
echo "$key" > "$deps/treesitter.stamp"
echo "tree-sitter: built"
