/// What a server is started with as a member of a group of servers, beside what its own options say.
struct ServerMembership: Sendable {
    /// A line of the configuration file: a name and its values.
    typealias Line = (name: String, values: [String])

    /// The port, which the group has reserved.
    let port: Int
    /// More of the configuration. In the file, because a command line is for everyone to read.
    var lines: [Line]
    /// Whether it is a Sentinel.
    var isSentinel = false
    /// Whether the server itself writes what it has learned into the file, which a restart then leaves as it is.
    var keepsItsConfiguration = false
    /// What of the lines must not appear in an error.
    var secrets: [String] = []
}
