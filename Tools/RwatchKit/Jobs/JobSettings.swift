/// Which command takes the events, and how.
package struct JobSettings: Sendable {
    /// What a command gets.
    package enum Unit: Sendable {
        /// One event: its payload as input, the rest as variables of the environment.
        case event
        /// What came within a second, as lines.
        case batch
    }

    /// For `/bin/sh -c`.
    package var command: String
    package var unit: Unit
    /// How many run at once.
    package var places: Int
    /// What each batch begins with.
    package var header: [UInt8] = []

    package init(command: String, unit: Unit, places: Int = 4) {
        self.command = command
        self.unit = unit
        self.places = places
    }
}
