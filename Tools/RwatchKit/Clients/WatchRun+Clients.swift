import RedisCore

extension OriginNeeds {
    /// What a watch needs altogether.
    ///
    /// - Parameters:
    ///   - selection: What may be about names, users or callers.
    ///   - form: What may show names and users.
    ///   - configuration: Whether its servers may be replicas.
    /// - Returns: The sum.
    func with(_ selection: Selection, _ form: EventForm, _ configuration: RedisConfiguration) -> OriginNeeds {
        var needs = self
        if case .shaped(let shape) = form {
            needs.names = needs.names || shape.clientNeeds.names
            needs.users = needs.users || shape.clientNeeds.users
        }
        needs.users = needs.users || selection.needsUsers
        needs.names = needs.names || needs.users || selection.needsNames
        needs.callers = needs.callers || selection.scripts == .attribute
        if let cluster = configuration.cluster, cluster.nodes != .primary { needs.expectsReplicas = true }
        return needs
    }
}

extension WatchRun {
    /// What asks the servers of a watch for their clients, if anything may need it. The names are read once before the
    /// watch begins, where it has one server.
    ///
    /// - Parameters:
    ///   - configuration: The servers, and how long they may be waited for.
    ///   - needs: What is wanted.
    /// - Returns: Both.
    /// - Throws: Why the server cannot be asked for names, or that it refuses.
    func desk(
        of configuration: RedisConfiguration,
        for needs: OriginNeeds
    ) async throws(RedisError) -> (needs: OriginNeeds, desk: ClientDesk?) {
        guard needs != OriginNeeds() else { return (needs, nil) }
        let desk = ClientDesk(needs.names ? .clients : .primary, configuration.within(self), on: loop)
        atEnd { await desk.close() }
        guard needs.names, !configuration.isAmongSeveral else { return (needs, desk) }
        do throws(RedisError) {
            try await waiting.begin(within: configuration.reconnect.initialPatience, at: configuration.endpoint) {
                () async throws(RedisError) in
                try await desk.askFirst()
            }
        } catch { throw error.advised("client", [], configuration.user) }
        return (needs, desk)
    }
}
