import RedisCommands
package import RedisCore
import RedisEvents
package import RedisRESP
import RedisReactor

/// `rwatch check`.
package struct CheckServers: Sendable {
    package var channels: [RedisBytes]
    package var patterns: [RedisBytes]
    package var isJSON: Bool

    /// What somebody wants to watch: the rights are checked for these channels and patterns.
    package init(channels: [RedisBytes] = [], patterns: [RedisBytes] = [], isJSON: Bool = false) {
        self.channels = channels
        self.patterns = patterns
        self.isJSON = isJSON
    }

    /// Prints a line for each thing that was looked at, and returns 1 when something does not work.
    package func run(_ servers: [RedisConfiguration]) async -> ExitStatus {
        OutputPump.ignoreBrokenPipeSignal()
        do throws(RedisError) {
            let output = try PlainOutput()
            let loop = try RedisEventLoop.chosen(nil)
            var isWrong = false
            for server in servers {
                var nodes = [server]
                if server.cluster != nil {
                    do throws(RedisError) { nodes = try await primaries(of: server, loop) } catch {
                        print(Finding("reach", .wrong, error.words), server.endpoint, output)
                        isWrong = true
                        continue
                    }
                }
                for node in nodes {
                    for finding in await findings(node) {
                        print(finding, node.endpoint, output)
                        if finding.verdict == .wrong { isWrong = true }
                    }
                    output.flush()
                }
            }
            if let failure = output.finish() { return ExitStatus(failure) }
            return isWrong ? .conditionUnmet : .success
        } catch {
            Notices.say(error.words)
            return ExitStatus(error)
        }
    }

    private func primaries(of cluster: RedisConfiguration, _ loop: RedisEventLoop) async throws(RedisError)
        -> [RedisConfiguration]
    {
        let topology = ClusterTopology(cluster, loop: loop)
        topology.start()
        let shape: ClusterShape
        do throws(RedisError) { shape = try await topology.load() } catch {
            topology.close()
            throw error
        }
        topology.close()
        return shape.shards.compactMap { $0.primary?.endpoint }.map { cluster.pinned(to: $0) }
    }

    private func findings(_ server: RedisConfiguration) async -> [Finding] {
        let client: RedisClient
        let facts: ServerAnswers
        do throws(RedisError) {
            client = try RedisClient(server)
            do throws(RedisError) { facts = try await self.facts(client) } catch {
                await client.close()
                throw error
            }
        } catch { return [Finding("reach", .wrong, error.words)] }
        await client.close()
        return CheckRules.findings(facts, server) + [await monitoring(server)] + (await subscribing(server))
    }

    /// Asks the server for what the rules look at. Only a server that cannot be reached is an error.
    private func facts(_ client: RedisClient) async throws(RedisError) -> ServerAnswers {
        _ = try await client.send(["PING"])
        var facts = ServerAnswers()
        let begun = ContinuousClock.now
        _ = try await client.send(["PING"])
        facts.roundTrip = begun.duration(to: .now)
        let before = try? await client.info([String]())
        let counted = ContinuousClock.now
        for fields in before?.sections.values.map(\.self) ?? [] { facts.info.merge(fields) { first, _ in first } }
        if facts.info["cluster_enabled"] == "1", let text = (try? await client.send(["CLUSTER", "INFO"]))?.text {
            let state = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cluster_state:") }
            facts.info["cluster_state"] = state.map { String($0.dropFirst("cluster_state:".count)) }
        }
        facts.user = try? await client.send(["ACL", "WHOAMI"]).text
        for name in ServerAnswers.settingNames {
            guard let value = try? await client.send(["CONFIG", "GET", RedisBytes(name)]), let text = value[name]?.text
            else { continue }
            facts.settings = (facts.settings ?? [:]).merging([name: text]) { $1 }
        }
        guard let first = before?.integer("total_commands_processed") else { return facts }
        try? await Task.sleep(for: .seconds(1))
        guard let after = try? await client.info(["stats"]), let last = after.integer("total_commands_processed") else {
            return facts
        }
        // The questions of the check itself are a handful.
        let seconds = counted.duration(to: .now) / .seconds(1)
        let commands = max(last.nearestCount - first.nearestCount - 7, 0)
        facts.commandsPerSecond = Int((Double(commands) / max(seconds, 1)).rounded())
        return facts
    }

    /// Whether MONITOR is permitted, which only an attempt tells for sure.
    private func monitoring(_ server: RedisConfiguration) async -> Finding {
        let monitor: Monitor
        do throws(RedisError) {
            monitor = try Monitor(server, guard: nil)
            do throws(RedisError) { try await monitor.start() } catch {
                await monitor.close()
                throw error
            }
        } catch { return Finding("monitor", .wrong, error.advised("monitor", [], server.user).words) }
        await monitor.close()
        return Finding("monitor", .ok, "permitted")
    }

    /// Whether the channels and patterns may be subscribed to.
    private func subscribing(_ server: RedisConfiguration) async -> [Finding] {
        // A name that nobody has: only the right is of interest.
        let channels = channels.isEmpty && patterns.isEmpty ? [RedisBytes("rwatch-check")] : channels
        let pubsub: PubSub
        do throws(RedisError) { pubsub = try PubSub(server) } catch {
            return [Finding("subscribe", .wrong, error.words)]
        }
        var findings: [Finding] = []
        for (kind, names) in [(RedisSubscriptionKind.channel, channels), (.pattern, patterns)] where !names.isEmpty {
            var refusals: [(name: RedisBytes, error: RedisError)] = []
            do throws(RedisError) {
                for result in try await pubsub.subscribe(kind, names, timeout: .seconds(10)) {
                    if let error = result.error { refusals.append((result.name, error)) }
                }
            } catch { refusals = names.map { ($0, error) } }
            let subject = kind == .pattern ? "psubscribe" : "subscribe"
            if refusals.isEmpty { findings.append(Finding(subject, .ok, "permitted")) }
            for (name, error) in refusals {
                findings.append(Finding(subject, .wrong, error.advised("subscribe to", [name], server.user).words))
            }
        }
        await pubsub.close()
        return findings
    }

    private func print(_ finding: Finding, _ server: RedisEndpoint, _ output: PlainOutput) {
        guard isJSON else {
            let pad = String(repeating: " ", count: max(1, 9 - finding.verdict.rawValue.count))
            let subject = finding.subject + String(repeating: " ", count: max(1, 11 - finding.subject.count))
            return output.line(
                "\(finding.verdict.rawValue)\(pad)\(server)  \(subject)\(finding.text.shown(upTo: ShownText.noticeLimit))"
            )
        }
        var buffer = OutputBuffer(capacity: 256)
        buffer.append(literal: "{\"v\":1,\"kind\":\"check\",")
        buffer.append(jsonField: "node", Array(server.description.utf8).rawSpan)
        buffer.append(literal: ",")
        buffer.append(jsonField: "subject", Array(finding.subject.utf8).rawSpan)
        buffer.append(literal: ",")
        buffer.append(jsonField: "verdict", Array(finding.verdict.rawValue.utf8).rawSpan)
        buffer.append(literal: ",")
        buffer.append(jsonField: "text", Array(finding.text.utf8).rawSpan)
        buffer.append(literal: "}\n")
        output.bytes(buffer.take())
    }
}
