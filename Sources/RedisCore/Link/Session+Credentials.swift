internal import Logging

extension Session {
    /// Asks the provider. It may take its time, but a close does not wait for it.
    func currentCredentials() async throws(RedisError) -> RedisCredentials? {
        guard let provider = configuration.credentials else { return nil }
        try await listen(to: provider)
        newCredentials = nil
        let credentials = try await away { [endpoint] () async throws(RedisError) in
            do { return try await provider.credentials() } catch { throw .provider(error).at(endpoint, .handshake) }
        }
        linkCredentials = credentials
        return credentials.areNone ? nil : credentials
    }

    /// The server has no password set, and said so of the one that it was given. Told once of each.
    func passwordIsUnwanted(_ line: String) {
        guard let linkCredentials, linkCredentials != unwantedCredentials else { return }
        unwantedCredentials = linkCredentials
        let text = "the server wants no password, and the link goes on without: \(String.repeated(line))"
        var error = RedisError(.authenticationFailed, text, endpoint: endpoint, phase: .handshake)
        error.serverMessage = line
        logger.log(
            level: configuration.linkLogLevel,
            "the server wants no password",
            metadata: ["server": "\(endpoint)"]
        )
        driver.authenticationFailed(error.redacting(linkCredentials))
    }

    /// Before it is asked: what changes between the answer and the end of the handshake is not missed.
    private func listen(to provider: any RedisCredentialsProvider) async throws(RedisError) {
        guard credentialsSubscription == nil, let provider = provider as? any RedisStreamingCredentialsProvider else {
            return
        }
        let listener = RedisCredentialsListener(
            onNext: { [weak self] in self?.heard(.success($0)) },
            onError: { [weak self] in self?.heard(.failure(.provider($0))) }
        )
        credentialsSubscription = try await away { () async throws(RedisError) in provider.subscribe(listener) }
    }

    private nonisolated func heard(_ news: Result<RedisCredentials, RedisError>) {
        loop.execute { self.assumeIsolated { $0.take(news) } }
    }

    private func take(_ news: Result<RedisCredentials, RedisError>) {
        guard phase != .closed else { return }
        switch news {
        case .success(let credentials):
            if credentials.areNone { return }
            // Of several that come while one is under way, the last counts.
            newCredentials = credentials
            authenticateAgain()
        case .failure(let error):
            authenticationFailed(error)
        }
    }

    /// Gives the link the credentials that it does not have yet.
    func authenticateAgain() {
        guard phase == .ready, !isAuthenticating, let facts, let credentials = newCredentials.take() else { return }
        guard credentials != linkCredentials else { return }
        isAuthenticating = true
        // Later: the driver is busy with what tells it.
        let answer = Promise<Void> { [loop] result in
            loop.execute { self.assumeIsolated { $0.authenticated(result, credentials) } }
        }
        let version = facts.protocolVersion
        driver.authenticate(Authentication(credentials, protocolVersion: version, answer), output: &output)
        scheduleFlush()
    }

    private func authenticated(_ result: Result<Void, RedisError>, _ credentials: RedisCredentials) {
        isAuthenticating = false
        guard phase != .closed else { return }
        switch result {
        case .success:
            linkCredentials = credentials
            logger.debug("authenticated anew")
        case .failure(let error) where [.connectionLost, .closed, .credentialsChanged].contains(error.code):
            // The next connect asks the provider.
            break
        case .failure(let error):
            authenticationFailed(error.redacting(credentials))
        }
        authenticateAgain()
    }

    private func authenticationFailed(_ error: RedisError) {
        let error = error.at(endpoint, .handshake)
        logger.debug("not authenticated anew", metadata: ["error": "\(error)"])
        driver.authenticationFailed(error)
    }
}

extension RedisError {
    fileprivate static func provider(_ error: any Error) -> RedisError {
        RedisError(.authenticationFailed, "the credentials provider failed", underlyingError: error)
    }
}
