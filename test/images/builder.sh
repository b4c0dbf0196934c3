# Builds images with docker where it runs, else with buildah. Sourced, by scripts that stop at the first error.
shopt -s inherit_errexit
images=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$images/../.." && pwd)
cache=${PYCA_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pyca}/images

say() { echo "images: $*" >&2; }
fail() { say "$*"; exit 1; }

if docker info >/dev/null 2>&1; then builder=docker; else builder=buildah; fi

# Where buildah's image of that reference is kept; a file beside it says what it was made of.
archive_of() { echo "$cache/${1//[\/:]/_}.tar"; }
key_of() { cat "$(archive_of "$1").key" 2>/dev/null || echo "$1"; }

# Hash of files and folders (absolute paths: names, modes, contents) and of words.
hash_of() {
  local input
  for input in "$@"; do
    if [[ $input == /* ]]; then
      tar --create --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
        --directory "$(dirname "$input")" "$(basename "$input")"
    else
      echo "$input"
    fi
  done | sha256sum | cut -c1-16
}

# build REFERENCE BASE INPUT... -- PREPARE [ARGUMENT...]: `PREPARE ARGUMENT... FOLDER` fills the folder with a Dockerfile
# and what that needs. Nothing is done when the image was made before of the same inputs and base.
build() {
  local reference=$1 base=$2 inputs=() archive key
  shift 2
  while [ "$1" != -- ]; do inputs+=("$1"); shift; done
  shift
  archive=$(archive_of "$reference")
  key=$(hash_of "$(key_of "$base")" "${inputs[@]}")
  # docker has a cache of its own
  if [ $builder = buildah ] && [ -e "$archive" ] && [ "$(key_of "$reference")" = "$key" ]; then return; fi
  say "builds $reference"
  mkdir -p "$cache"
  (
    context=$(mktemp -d)
    trap 'rm -rf "$context" "$cache/storage-$$"' EXIT
    "$@" "$context"
    "build_with_$builder" "$reference" "$base" "$context"
  )
  echo "$key" >"$archive.key"
}

build_with_docker() { # reference base context
  docker build --quiet --tag "$1" --build-arg "BASE=$2" "$3" >&2
}

# The storage lasts for one build; what is kept is the archive, and that can be a base too.
build_with_buildah() { # reference base context
  local archive base=$2
  archive=$(archive_of "$1")
  [ "$base" = scratch ] || base=oci-archive:$(archive_of "$base")
  buildah bud --quiet --layers=false --build-arg "BASE=$base" --tag "$1" "$3" >&2
  rm -f "$archive.new"
  buildah push --quiet --compression-format zstd --compression-level 1 "$1" "oci-archive:$archive.new:$1"
  mv "$archive.new" "$archive"
}

buildah() {
  local storage=$cache/storage-$$
  BUILDAH_ISOLATION=chroot command buildah --root "$storage/root" --runroot "$storage/run" --storage-driver "$(storage_driver)" "$@"
}

# overlay is many times faster than vfs, which works everywhere.
storage_driver() {
  if [ -n "${STORAGE_DRIVER:-}" ]; then echo "$STORAGE_DRIVER"
  elif [ "$(id -u)" = 0 ] && grep -q overlay /proc/filesystems; then echo overlay
  else echo vfs
  fi
}
