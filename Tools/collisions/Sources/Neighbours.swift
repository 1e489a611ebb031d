import Logging
import Metrics
import NIOCore
import OpenCombine
import ServiceLifecycle
import Tracing
