/// Servers that belong together: how their condition is waited for, and how they end.
struct ServerGroup: Sendable {
    /// What a server is called in errors, and the server.
    let members: [(name: String, server: RedisServer)]

    /// Starts servers side by side. When one does not start, none is left.
    static func start(_ options: [RedisServerOptions]) throws(RedisTestingError) -> [RedisServer] {
        let results = PlainThread.runAll(options.count) { index throws(RedisTestingError) in
            try RedisServer.startBlocking(options[index])
        }
        do throws(RedisTestingError) {
            var servers: [RedisServer] = []
            for result in results { servers.append(try result.get()) }
            return servers
        } catch {
            for result in results { (try? result.get())?.stop() }
            throw error
        }
    }

    /// Looks again and again until there is no problem any more. A server that does not answer is one.
    ///
    /// - Throws: `timeout`, with the last problem and the ends of the logs.
    func wait(
        _ what: String,
        _ deadline: Deadline,
        problem: () throws(RedisTestingError) -> String?
    ) throws(RedisTestingError) {
        while true {
            let isLastLook = deadline.hasPassed
            let found: String?
            do throws(RedisTestingError) {
                found = try problem()
            } catch {
                found = error.message
            }
            guard let found else { return }
            if isLastLook { throw RedisTestingError(.timeout, "waited in vain for \(what): \(found)\(logTails)") }
            sleepBlocking(milliseconds: 15)
        }
    }

    /// The last lines of every log.
    private var logTails: String {
        var secrets: [String] = []
        var text = ""
        for (name, server) in members {
            secrets += server.options.secrets
            let lines = server.log.split(whereSeparator: \.isNewline).suffix(6).joined(separator: "\n")
            text += "\nthe end of the log of \(name)\(server.isServing ? "" : ", which does not run"):\n\(lines)"
        }
        return text.redacting(secrets)
    }

    /// Ends all at once: SIGKILL, since there is nothing to be saved.
    func stop() {
        for (_, server) in members { server.kill() }
        for (_, server) in members { server.stop() }
    }
}

extension RedisServer {
    /// Whether the process runs and is not paused.
    var isServing: Bool { isRunning && ProcessStatus.of(processID) != .stopped }
}

extension String {
    /// Whether the text, of lines that end as the server ends them, has this one.
    func hasLine(_ line: String) -> Bool { split(whereSeparator: \.isNewline).contains { $0 == line } }
}

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
