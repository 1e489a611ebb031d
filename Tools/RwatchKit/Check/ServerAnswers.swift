/// What a server has said of itself, as far as the user may ask it.
package struct ServerAnswers: Sendable {
    /// How long a PING took.
    package var roundTrip: Duration
    /// The fields of INFO that were asked for; empty when it is refused.
    package var info: [String: String]
    /// The settings that CONFIG GET has told; `nil` when it is refused.
    package var settings: [String: String]?
    /// The user, where the server has users.
    package var user: String?
    /// How many commands the server executes in a second; `nil` when that is not known.
    package var commandsPerSecond: Int?

    package init(
        roundTrip: Duration = .zero,
        info: [String: String] = [:],
        settings: [String: String]? = nil,
        user: String? = nil,
        commandsPerSecond: Int? = nil
    ) {
        self.roundTrip = roundTrip
        self.info = info
        self.settings = settings
        self.user = user
        self.commandsPerSecond = commandsPerSecond
    }

    /// The settings that the rules look at.
    static let settingNames = [
        "maxmemory", "maxmemory-policy", "client-output-buffer-limit", "notify-keyspace-events",
    ]
}
