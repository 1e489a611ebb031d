import RedisCore
package import RedisEvents
package import RedisRESP

/// `rwatch keys`.
package struct WatchKeys: Sendable {
    package var patterns: [RedisBytes]
    package var events: [RedisBytes]
    package var database: Int?
    package var notifications: KeyspaceEvents.NotificationPolicy
    package var selection: Selection

    /// What to watch: glob-style patterns, names of events and a database; without any of them, all. Whether the
    /// server's setting may be changed, and which of the events to print.
    package init(
        patterns: [RedisBytes] = [],
        events: [RedisBytes] = [],
        database: Int? = nil,
        notifications: KeyspaceEvents.NotificationPolicy = .verify,
        selection: Selection = Selection()
    ) {
        self.selection = selection
        self.patterns = patterns
        self.events = events
        self.database = database
        self.notifications = notifications
    }

    /// Prints the selected events until the run ends, then restores the server's setting if it was changed. With a
    /// `tally`, they are counted and not printed.
    package func run(
        _ target: Target,
        form: EventForm,
        settings: RunSettings,
        tally: LiveTally? = nil
    ) async -> ExitStatus {
        await WatchRun.run(settings.printing(form, of: .keyEvents), isJSON: form.isJSON) {
            run async throws(RedisError) in
            run.begin(with: form.header(of: .keyEvents))
            for name in EventNames.strange(events) {
                run.say("'\(name)' is not a known event; it is reported only if the server or a module sends it")
            }
            for configuration in try await target.open(run.atEnd) {
                try await watch(configuration, NodeLabels(target, isJSON: form.isJSON), form, run, tally)
                tally?.begins()
            }
        }
    }

    /// Begins to watch one server or cluster.
    func watch(
        _ configuration: RedisConfiguration,
        _ labels: NodeLabels,
        _ form: EventForm,
        _ run: WatchRun,
        _ tally: LiveTally?
    ) async throws(RedisError) {
        let usual = configuration.database == 0 || !selection.databases.isEmpty ? nil : configuration.database
        let database = database ?? usual
        let plan = KeyspacePlan(
            keys: patterns,
            events: events.map { KeyspaceEvents.KeyEvent.Name($0) },
            database: database,
            enabled: notifications.exactFlags
        )
        let early = Locked<[PubSub.SubscriptionRefusal]?>([])
        let keys = try KeyspaceEvents(
            configuration.within(run),
            plan: plan,
            notifications: notifications,
            loop: run.loop,
            sink: KeyEventSink(run, form: form, labels: labels, early: early, filter: selection.filter(), tally: tally)
        )
        run.whileStopped(suspend: keys)
        run.atEnd {
            let result = await keys.close()
            guard case .perNode(let results) = result else { return tell(result, "", run) }
            for (node, result) in results.sorted(by: { "\($0.key)" < "\($1.key)" }) {
                tell(result, "\(node): ", run)
            }
        }
        do throws(RedisError) {
            try await run.begin(configuration, watching: words(database)) { () async throws(RedisError) in
                try await keys.start()
            }
        } catch {
            if error.code == .notificationsOff, let hint { throw Self.adding(hint, to: error) }
            throw error.advised("subscribe to", plan.subscriptions.map(\.name), configuration.user)
        }
        for refusal in early.withLock({ exchange(&$0, with: nil) }) ?? [] {
            run.say(refusal.error.advised("subscribe to", [refusal.name], configuration.user).words)
        }
    }

    /// `set and del of the keys of 2 patterns in database 3`.
    private func words(_ database: Int?) -> String {
        let names = events.isEmpty ? "" : Words.list(events.map(\.description)) + " of "
        let patterns = Set(patterns).count
        let keys = patterns == 0 ? "all keys" : "the keys of \(Words.count(patterns, "pattern"))"
        return names + keys + Words.databases(database.map { [$0] } ?? selection.databases)
    }

    private func tell(_ result: KeyspaceEvents.NotificationRestoration, _ place: String, _ run: WatchRun) {
        switch result {
        case .notDue, .perNode: break
        case .restored(let flags): run.say("\(place)restored notify-keyspace-events to \"\(flags)\"")
        case .leftToOthers(let flags):
            run.say("\(place)left notify-keyspace-events at \"\(flags)\": other watchers need it")
        case .leftAlone(let flags):
            run.say("\(place)left notify-keyspace-events at \"\(flags)\": somebody else changed it in the meantime")
        case .failed(let error): run.say("\(place)cannot restore notify-keyspace-events: \(error.words)")
        }
    }

    /// What to do about missing flags, for the user who reads this error.
    private var hint: String? {
        if notifications == .verify { return "--enable sets it during the run" }
        return notifications.exactFlags.map { "--enable=\($0) does not include it; --enable sets it" }
    }

    private static func adding(_ hint: String, to error: RedisError) -> RedisError {
        RedisError(
            error.code,
            "\(error.message); \(hint)",
            endpoint: error.endpoint,
            phase: error.phase,
            underlyingError: error.underlyingError
        )
    }
}
