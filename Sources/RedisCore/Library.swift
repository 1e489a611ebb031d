/// What the library calls itself towards servers and people.
package enum Library {
    package static let name = "redis-events"
    package static let version = "0.1.0"

    /// A name that nobody can know before it is used.
    package static func uniqueName() -> String { "\(name)-\(UInt64.random(in: .min ... .max))" }
}
