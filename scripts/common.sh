# What scripts/demo and scripts/test share. Source it from the root of the tree.

# Debian 12 packages to build, to run and to test.
build_packages="build-essential cmake ninja-build ccache pkg-config lld libpcap-dev libboost1.81-dev libboost-json1.81-dev
  libboost-url1.81-dev libssl-dev libsqlite3-dev prometheus-cpp-dev libprotobuf-dev protobuf-compiler libzstd-dev
  libyaml-cpp-dev libcli11-dev libfmt-dev libspdlog-dev libsystemd-dev libcurl4-openssl-dev libre2-dev libseccomp-dev
  catch2 libbenchmark-dev"
demo_packages="ieee-data python3 python3-pymodbus python3-serial-asyncio iproute2 curl jq openssl"
test_packages="tshark prometheus sqlite3 systemd git clang-format-19"

say() { printf '\n== %s (%s s)\n' "$*" "$SECONDS"; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# install_packages NAME…: installs what is missing, and says so.
install_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  say "installing ${missing[*]}"
  as_root apt-get update -qq
  # Services of the packages stay off (RUNLEVEL): the tests start their own, on loopback.
  as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
}

# build PRESET [TARGET…]: configures and builds.
build() {
  local preset=$1
  shift
  say "building $preset"
  mkdir -p "build/$preset"
  cmake --preset "$preset" > "build/$preset/configure.log" 2>&1 || { cat "build/$preset/configure.log"; return 1; }
  ninja -C "build/$preset" "$@"
}
