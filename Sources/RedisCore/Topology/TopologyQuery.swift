internal import RedisRESP
internal import RedisReactor

/// Asks one node about its cluster, over a connection of its own that is closed after the reply.
enum TopologyQuery {
    static func ask(
        _ endpoint: RedisEndpoint,
        _ configuration: RedisConfiguration,
        on loop: RedisEventLoop
    ) async throws(RedisError) -> ClusterReply {
        let link = try CommandLink(configuration.forQuery(to: endpoint), limits: .topology, loop: loop)
        do throws(RedisError) {
            let reply = try await ask(link, endpoint, configuration)
            await link.close()
            return reply
        } catch {
            await link.close()
            throw error
        }
    }

    private static func ask(
        _ link: CommandLink,
        _ endpoint: RedisEndpoint,
        _ configuration: RedisConfiguration
    ) async throws(RedisError) -> ClusterReply {
        let askedAt = Moment.now()
        let limit = configuration.lookupTimeout + configuration.connectTimeout + configuration.handshakeTimeout
        let reader = AddressReader(configuration)
        let most = configuration.cluster?.maximumNodes ?? RedisClusterConfiguration(seeds: []).maximumNodes
        // Both commands leave in one write.
        let info = try link.enqueue(["CLUSTER", "INFO"], timeout: limit)
        var shards: [ClusterReply.Shard]?
        do throws(RedisError) {
            let value = try await link.send(["CLUSTER", "SHARDS"], timeout: limit)
            shards = try ClusterReply.shards(value, asked: endpoint, reader, most: most)
        } catch {
            if error.isClusterOff { throw .notACluster(endpoint) }
            // Servers before 7.0, and other servers with Redis' protocol, have no CLUSTER SHARDS, and reply with
            // various errors.
            guard error.serverMessage != nil, !error.isTransient else { throw error }
            do throws(RedisError) {
                let value = try await link.send(["CLUSTER", "SLOTS"], timeout: limit)
                shards = try ClusterReply.slots(value, asked: endpoint, reader, most: most)
            } catch let second {
                if second.isClusterOff { throw .notACluster(endpoint) }
                throw second.code == .notPermitted ? error : second
            }
        }
        guard let shards else {
            let text = "the reply to CLUSTER SHARDS or CLUSTER SLOTS has another form than documented"
            throw RedisError(.unexpectedReply, text, endpoint: endpoint, phase: .command)
        }
        var state: (epoch: Int?, isOK: Bool) = (nil, true)
        do throws(RedisError) {
            if let text = try await info.value().bytes { state = ClusterReply.info(text) }
        } catch {
            // The user may lack the right to ask; the epochs are unknown then.
        }
        return ClusterReply(
            shards: shards,
            epoch: state.epoch,
            isOK: state.isOK,
            source: endpoint,
            askedAt: askedAt
        )
    }
}

extension RedisConfiguration {
    /// A configuration with the same credentials and TLS, for one short link to that node.
    fileprivate func forQuery(to endpoint: RedisEndpoint) -> RedisConfiguration {
        var configuration = pinned(to: endpoint)
        configuration.reconnect.isEnabled = false
        configuration.reconnect.initialPatience = .zero
        configuration.heartbeat = nil
        configuration.deliveryProbe = nil
        configuration.isAuxiliary = true
        configuration.connectsFirst = true
        return configuration
    }
}

extension RedisError {
    /// `ERR This instance has cluster support disabled`.
    fileprivate var isClusterOff: Bool { serverMessage?.utf8.containsText("cluster support disabled") == true }

    fileprivate static func notACluster(_ endpoint: RedisEndpoint) -> RedisError {
        let text = "the server is not part of a cluster (cluster-enabled no)"
        return RedisError(.invalidConfiguration, text, endpoint: endpoint, phase: .command)
    }
}
