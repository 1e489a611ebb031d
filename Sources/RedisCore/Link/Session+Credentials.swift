internal import Logging

extension Session {
    /// Asks the provider for credentials. It may take a while, but closing the link does not wait for it.
    func currentCredentials() async throws(RedisError) -> RedisCredentials? {
        guard let provider = configuration.credentials else { return nil }
        try await listen(to: provider)
        credentials.forgetNext()
        let current = try await away { [endpoint] () async throws(RedisError) in
            do { return try await provider.credentials() } catch { throw .provider(error).at(endpoint, .handshake) }
        }
        credentials.connect(with: current)
        return current.areNone ? nil : current
    }

    /// Reports that the server has no password set. Reported once for each password.
    func passwordIsUnwanted(_ line: String) {
        guard let unwanted = credentials.passwordIsUnwanted() else { return }
        let text = "the server wants no password, and the link goes on without: \(String.repeated(line))"
        var error = RedisError(.authenticationFailed, text, endpoint: endpoint, phase: .handshake)
        error.serverMessage = line
        logger.log(
            level: configuration.linkLogLevel,
            "the server wants no password",
            metadata: ["server": "\(endpoint)"]
        )
        driver.authenticationFailed(error.redacting(unwanted))
    }

    /// Subscribes before the provider is asked, so that a change between its reply and the end of the handshake is not
    /// missed.
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

    private nonisolated func heard(_ result: Result<RedisCredentials, RedisError>) {
        loop.execute { self.assumeIsolated { $0.take(result) } }
    }

    private func take(_ result: Result<RedisCredentials, RedisError>) {
        guard phase != .closed else { return }
        switch result {
        case .success(let offered):
            credentials.offer(offered)
            authenticateAgain()
        case .failure(let error):
            authenticationFailed(error)
        }
    }

    /// Authenticates the link with credentials that it does not have yet.
    func authenticateAgain() {
        guard let connection, connection.isReady, let facts = connection.facts, let next = credentials.begin() else {
            return
        }
        // Deferred, because the promise is completed in the middle of the driver's work.
        let promise = Promise<Void> { [loop] result in
            loop.execute { self.assumeIsolated { $0.authenticated(result, next) } }
        }
        let authentication = Authentication(next, protocolVersion: facts.protocolVersion, promise)
        connection.perform { driver, output in driver.authenticate(authentication, output: &output) }
    }

    private func authenticated(_ result: Result<Void, RedisError>, _ tried: RedisCredentials) {
        credentials.finish(tried, isAccepted: (try? result.get()) != nil)
        guard phase != .closed else { return }
        switch result {
        case .success:
            logger.debug("authenticated anew")
        case .failure(let error) where [.connectionLost, .closed, .credentialsChanged].contains(error.code):
            // The next connect asks the provider.
            break
        case .failure(let error):
            authenticationFailed(error.redacting(tried))
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
