extension RedisConfiguration {
    /// A copy for a second link beside one that watches a server, which asks that server questions. As little as may be
    /// is sent beside them: HELLO, or AUTH and SETNAME. Whoever asks decides when to try again.
    package var forQuestions: RedisConfiguration {
        var configuration = self
        configuration.protocolVersion = .resp3
        configuration.database = 0
        configuration.tellsLibrary = false
        configuration.heartbeat = nil
        configuration.reconnect.isEnabled = false
        configuration.reconnect.initialPatience = .zero
        configuration.firstConnectTimeout = nil
        configuration.isAuxiliary = true
        return configuration
    }

    /// A copy with a name that no link had before: where the server sees another address of the link than this side, a
    /// monitor finds the link's lines by that.
    ///
    /// - Parameter purpose: A word that the name contains.
    /// - Returns: The copy.
    package func withUniqueName(_ purpose: String) -> RedisConfiguration {
        var configuration = self
        configuration.clientName = (clientName.map { "\($0)-" } ?? "") + "\(purpose)-\(Library.uniqueName())"
        configuration.hasUniqueName = true
        // A watch that stands is not to be without this link while others of its cluster connect.
        configuration.connectsFirst = true
        return configuration
    }
}
