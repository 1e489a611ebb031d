package import RedisCore
import RedisEvents
import RedisPOSIX
package import RedisRESP
package import RwatchKit

/// A name that the page is subscribed to, at every server.
package struct PageSubscription: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case channel
        case pattern
        case shard

        var subscription: RedisSubscriptionKind {
            switch self {
            case .channel: .channel
            case .pattern: .pattern
            case .shard: .shardChannel
            }
        }
    }

    package var kind: Kind
    package var name: RedisBytes

    package init(_ kind: Kind, _ name: RedisBytes) {
        self.kind = kind
        self.name = name
    }
}

/// Subscribes to what the command line names and to what somebody asks for on the page. Links for it are opened when
/// they are needed first.
package actor SubscriptionDesk {
    /// More names than this are refused, of whomever they are.
    package static let most = 1000
    private static let patience = PubSub.Timeout.seconds(10)

    private let configurations: [RedisConfiguration]
    private let run: WatchRun
    private let hub: EventHub
    private let namesNodes: Bool
    private var links: [PubSub] = []
    private nonisolated let names = Locked<[PageSubscription]>([])

    /// - Parameters:
    ///   - configurations: The servers and clusters.
    ///   - run: The run that the links belong to.
    ///   - hub: Gets the messages.
    ///   - namesNodes: Whether notices name the server, because there may be several.
    package init(_ configurations: [RedisConfiguration], _ run: WatchRun, _ hub: EventHub, namesNodes: Bool) {
        self.configurations = configurations
        self.run = run
        self.hub = hub
        self.namesNodes = namesNodes
    }

    /// What is subscribed to.
    package nonisolated var subscriptions: [PageSubscription] { names.withLock { $0 } }

    /// Subscribes at all servers.
    ///
    /// - Throws: Why a server does not allow it, or cannot be asked; `.invalidCommand` for too many names. Where
    ///   several names are asked for, what the others became stands.
    package func subscribe(_ wanted: [PageSubscription]) async throws(RedisError) {
        guard subscriptions.count + wanted.count <= Self.most else {
            throw RedisError(.invalidCommand, "the page is subscribed to \(Self.most) names at most")
        }
        try open()
        var refusal: RedisError?
        for kind in PageSubscription.Kind.allCases {
            let asked = wanted.filter { $0.kind == kind }.map(\.name)
            guard !asked.isEmpty else { continue }
            for (link, configuration) in zip(links, configurations) {
                do throws(RedisError) {
                    for result in try await link.subscribe(kind.subscription, asked, timeout: Self.patience) {
                        guard let error = result.error else {
                            note(PageSubscription(kind, result.name))
                            continue
                        }
                        refusal = refusal ?? error.advised("subscribe to", [result.name], configuration.user)
                    }
                } catch { refusal = refusal ?? error.advised("subscribe to", asked, configuration.user) }
                hub.begins(WebSource.sub.rawValue, at: configuration.label)
            }
        }
        if let refusal { throw refusal }
    }

    /// Ends a subscription at all servers.
    package func unsubscribe(_ one: PageSubscription) async throws(RedisError) {
        names.withLock { names in names.removeAll { $0 == one } }
        for link in links {
            switch one.kind {
            case .channel: try await link.unsubscribe(one.name)
            case .pattern: try await link.punsubscribe(one.name)
            case .shard: try await link.sunsubscribe(one.name)
            }
        }
    }

    /// Ends all links.
    package func close() async { for link in exchange(&links, with: []) { await link.close() } }

    private func note(_ one: PageSubscription) {
        names.withLock { names in if !names.contains(one) { names.append(one) } }
    }

    private func open() throws(RedisError) {
        guard links.isEmpty else { return }
        for configuration in configurations {
            let names = names
            let sink = HubSubscriptionSink(
                hub,
                run,
                place: configuration.label,
                namesNodes: namesNodes,
                user: configuration.user
            ) { kind, name in
                names.withLock { names in names.removeAll { $0.kind.subscription == kind && $0.name == name } }
            }
            let link = try PubSub(configuration.within(run), loop: run.loop, sink: sink)
            run.whileStopped(suspend: link)
            links.append(link)
        }
    }
}

extension RedisConfiguration {
    /// A short name of the server or cluster, for the page.
    var label: String {
        if let cluster { return "cluster of \(cluster.seeds.first.map { "\($0)" } ?? "\(endpoint)")" }
        if let sentinel { return sentinel.name }
        return "\(endpoint)"
    }
}
