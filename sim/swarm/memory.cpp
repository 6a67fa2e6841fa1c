#include "sim/swarm/memory.hpp"

#ifdef MOSHPIT_MIMALLOC
#include <mimalloc.h>
#endif

namespace moshpit::sim {

void prefer_large_pages() {
#ifdef MOSHPIT_MIMALLOC
  mi_option_enable(mi_option_large_os_pages);
#endif
}

}  // namespace moshpit::sim
