/// What the library calls itself towards servers and people.
package enum Library {
    package static let name = "redis-events"
    package static let version = "0.1.0"
}
