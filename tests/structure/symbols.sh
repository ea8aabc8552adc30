#!/usr/bin/env bash
# What the shared library shows and uses: the version script, the headers and `nm -D` name the same functions; no writable object;
# nothing that exits, prints or reads the environment; no libm function whose result differs between systems; no OpenMP.
#   symbols.sh SOURCE LIBRARY [OBJECT ...]    the objects are libgan's own
set -u
source=$1 library=$2
shift 2
bad=0
complain() { printf '%s\n' "$1"; bad=1; }

listed=$(sed -n 's/^    \(gan_[a-z0-9_]*\);$/\1/p' "$source/libgan/libgan.map" | sort)
declared=$(for header in "$source"/include/gan/*.h "$source"/include/gan/version.h.in; do
  tr '\n' ' ' <"$header" | sed 's|/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/||g' | grep -oE 'GAN_API[^;]*;' | grep -oE '\bgan_[a-z0-9_]+ ?\([^*]' | sed 's/ *(.$//'
done | sort -u)
exported=$(nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }' | sed 's/@.*//' | sort)
[ "$(printf '%s\n' "$listed" | wc -l)" -ge 50 ] || complain "the version script lists fewer than 50 names"
[ "$listed" = "$declared" ] || complain "version script and headers differ: $(diff <(echo "$listed") <(echo "$declared") | grep '^[<>]' | tr '\n' ' ')"
[ "$listed" = "$exported" ] || complain "version script and nm -D differ: $(diff <(echo "$listed") <(echo "$exported") | grep '^[<>]' | tr '\n' ' ')"
printf '%s\n' "$exported" | grep -v '^gan_' && complain "exported names that are not gan_*"

# Every exported function that returns a status has a script in which its memory is refused.
for name in $(grep -ohE 'GAN_NODISCARD gan_status *gan_[a-z0-9_]+|^gan_[a-z0-9_]+\(' "$source"/include/gan/*.h | grep -oE 'gan_[a-z0-9_]+' | sort -u); do
  case " gan_status gan_context_create " in *" $name "*) continue ;; esac
  grep -qE '_(retain|destroy|stop)$|gan_(version|status_name|context_error|no_grad_end|record_get)$' <<<"$name" && continue
  grep -q "SCRIPT($name," "$source/tests/guest/scripts.inc" || complain "$name has no row in tests/guest/scripts.inc"
done

undefined=$(nm -D --undefined-only "$library" | awk '{ print $2 }' | sed 's/@.*//' | sort)
never='exit _exit _Exit quick_exit abort __assert_fail printf __printf_chk vprintf __vprintf_chk puts putchar fputs fwrite fprintf __fprintf_chk vfprintf __vfprintf_chk perror stdout stderr getenv secure_getenv setenv unsetenv putenv signal sigaction setlocale fesetround fesetenv'
inexact='exp expf exp2 exp2f exp10 expm1 expm1f log logf log2 log2f log10 log10f log1p log1pf pow powf sin sinf cos cosf tan tanf sincos sincosf sinh sinhf cosh coshf tanh tanhf asin acos atan atan2 asinh acosh atanh erf erff erfc lgamma tgamma cbrt hypot hypotf'
for name in $never $inexact; do
  printf '%s\n' "$undefined" | grep -qx "$name" && complain "undefined symbol $name"
done

# Data objects and their sections; tables of pointers are in .data.rel.ro, read-only once loaded.
objdump -t "$@" | awk '
  /file format/ { file = $1; files++ }
  / O / { section = $0; sub(/^.* O /, "", section); sub(/[ \t].*$/, "", section)
          if (section !~ /^\.(rodata|data\.rel\.ro)/) { print file " writable object " $NF " in " section; bad = 1 } }
  END { if (files < 20) { print "only " files " objects seen"; bad = 1 } exit bad }' || bad=1

# Tables of pointers are read-only once the library is loaded (-z relro -z now), and it stays mapped (-z nodelete).
readelf -lW "$library" | grep -q GNU_RELRO || complain "linked without -z relro"
for flag in NOW NODELETE; do
  readelf -dW "$library" | grep -qE "FLAGS_1.*$flag" || complain "linked without -z $flag"
done

if command -v ldd >/dev/null; then
  blis=$(ldd "$library" | awk '/libblis/ { print $3 }')
  case "$(readlink -f "$blis")" in
    *openmp*) echo "the system's BLIS is its OpenMP flavour: ldd check skipped" ;;
    *) ldd "$library" | grep -E 'libgomp|libomp|libiomp' && complain "an OpenMP runtime comes with the library" ;;
  esac
fi
exit $bad
