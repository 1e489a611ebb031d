import RedisRESP
import RwatchKit

/// Leaves out names of keys and channels from tables, as they are left out of events.
struct NameRedaction: ~Copyable {
    private let hidesAll: Bool
    private var matcher: PatternMatcher?

    init(_ redaction: Redaction?) {
        switch redaction {
        case nil, .values: hidesAll = false
        case .all: hidesAll = true
        case .matching(let expression):
            hidesAll = false
            matcher = PatternMatcher(expression)
        }
    }

    /// Whether a name must not be shown.
    mutating func hides(_ name: RawSpan) -> Bool { hidesAll || matcher?.matches(name) ?? false }
}
