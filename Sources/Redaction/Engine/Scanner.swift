// One pass over one text: finds where rules could apply and lets them look.
//
// The same scanner runs on raw bytes and on every decoded view of a part of them; a view hands its
// spans back through its map.

/// Searches a text. Spans are in the text's own positions, unsorted, and may overlap.
struct Scanner {
    let book: RuleBook
    private let tables: TriggerTable.Tables
    private let keyCache: KeyCache
    let text: Text
    /// How many decodings lie between the text and the file.
    let depth: Int
    /// Whether rules of whole lines apply: not in a name or a decoded run.
    let hasLines: Bool
    /// What the text was decoded by, byte for byte; nil for the file's own.
    var origin: View?

    var spans: [Span] = []
    /// Ranges that must be seen whole; a window is not cut inside one.
    var guards: [Range<Int>] = []
    /// Lines with escapes in them, looked at again without.
    var escaped: [Range<Int>] = []
    var escapedEnd = 0
    /// Whether the text may be quoted-printable, and whether it was and is no more.
    private(set) var hasQuotes = false
    var isUnquoted = false
    /// Whether heads of records were left out of the text.
    var isHeadless = false

    // Ends of what was judged last, so that a rule looks once where several bytes would call it.
    var keyEnd = 0
    var numberEnd = 0
    var colonEnd = 0
    var dashEnd = 0
    var webTokenEnd = 0
    var blockEnd = 0
    /// Up to where the flags behind the name of a tool were read.
    var toolEnds: [String: Int] = [:]
    var codeEnd = 0
    var headedEnd = 0
    var headRefusedEnd = 0
    var bytesEnd = 0
    var dumpEnd = 0
    var documentEnd = 0
    var digitsEnd = 0
    var copyEnd = 0
    var boundEnd = 0
    var boxEnd = 0
    var sourceEnd = 0
    var handedEnd = 0
    var vendorEnd = 0
    /// The characters that were walked last for a token.
    var vendorRun: (alphabet: VendorToken.Alphabet, range: Range<Int>)?
    /// The table that was read last.
    var openTable: OpenTable?

    /// No secret value is longer; a run that is, is not text.
    static let valueMax = 64 << 10
    static let depthMax = 5

    /// - Parameter keyCache: shared by all scanners of one window.
    init(book: RuleBook, text: Text, depth: Int, hasLines: Bool, keyCache: KeyCache) {
        self.book = book
        self.keyCache = keyCache
        tables = book.triggers.tables
        self.text = text
        self.depth = depth
        self.hasLines = hasLines
    }

    /// A scanner for something decoded from this one's text.
    func inner(_ text: Text, hasLines: Bool) -> Scanner {
        var inner = Scanner(
            book: book, text: text, depth: depth + 1, hasLines: hasLines, keyCache: keyCache)
        inner.isUnquoted = isUnquoted
        inner.isHeadless = isHeadless
        return inner
    }

    func keyKind(_ start: Int, _ end: Int) -> KeyKind {
        keyCache.kind(text, start, end) { book.judged($0) }
    }

    mutating func scan() {
        scanLiterals()
        scanBytes()
        scanRuns()
        scanByteLists()
        if depth > 0, text[0] == 126 { tildeFolder(1) }
        scanNoise()
        if depth < Self.depthMax {
            scanEscaped()
            if hasLines, depth < Self.wrapDepthMax { scanWraps() }
        }
    }

    private mutating func scanLiterals() {
        let bitmap = tables.bitmap
        let base = UnsafeRawPointer(text.base)
        var index = 0
        while index < text.count {
            let word = base.loadUnaligned(fromByteOffset: index, as: UInt32.self)
            let trigram = word & 0x00FF_FFFF | 0x0020_2020
            let slot = TriggerTable.slot(trigram)
            // A dash may be one of a time, which is stepped over as a whole.
            if bitmap[slot >> 6] >> UInt64(slot & 63) & 1 != 0,
                trigram >> 8 & 0xFF == 45 || tables.mayMatch(text, at: index, slot: slot)
            {
                index = triggered(index, trigram)
            } else {
                index += 1
            }
        }
    }

    /// - Returns: where to look next.
    @inline(never)
    private mutating func triggered(_ index: Int, _ trigram: UInt32) -> Int {
        // Half of all hits in a log are the dashes and colons of its times.
        if trigram >> 8 & 0xFF == 45, book.skipsTimes, let end = TimeStamp.end(text, index - 3) {
            return end
        }
        tables.matches(text, at: index, trigram: trigram) { start, end, action in
            run(action, start, end)
        }
        return index + 1
    }

    private mutating func run(_ action: Action, _ start: Int, _ end: Int) {
        switch action {
        case .key: key(start, end)
        case .vendor(Literals.telegram): telegramToken(start)
        case .vendor(let index): vendorToken(index, start)
        case .webToken: webToken(start)
        case .keyBegin: privateKey(start)
        case .keyEnd: privateKeyTail(start)
        case .scheme: url(start)
        case .authScheme: authScheme(start, end)
        case .home: homeFolder(end)
        case .homeWindows: homeFolder(end, spaced: true)
        case .tilde: tildeFolder(end - 1)
        case .number:
            dottedHardware(start)
            ipv4(start)
        case .colons: colons(start)
        case .dashes: dashes(start)
        case .decentralized: decentralizedID(start)
        case .hostSuffix: hostName(start, end)
        case .hostPhrase: hostPhrase(end)
        case .addressName: addressName(end)
        case .hook: webHook(start, end)
        case .flag: shortFlag(start, end)
        case .hunk:
            lookBehindHeads(start, isFirst: true)
            diffHunk(start)
        case .conflict:
            lookBehindHeads(start, isFirst: true)
            conflictSides(start)
        case .fence:
            lookBehindHeads(start, isFirst: true)
            fencedCode(start)
        case .gutter: gutter(start)
        case .caret:
            lookBehindHeads(start, isFirst: true)
            caretLine(start)
            if isTildeFence(start) { fencedCode(start) }
        case .traceback:
            lookBehindHeads(start, isFirst: true)
            tracebackLine(start)
        case .trailer: personTrailer(start, end)
        case .userPhrase: userPhrase(start, end)
        case .passwordLine: passwordLine(start, end)
        case .pgpass: pgpassLine(start)
        case .webKey: webKey(start)
        case .bareDSN: bareDSN(start)
        case .driverLogin: driverLogin(end)
        case .identifiedBy: identifiedBy(end)
        case .insert: insertedValues(end)
        case .echoed: echoedPassword(start, isPair: text.has("chpasswd", at: start))
        case .tool(let index): toolSecrets(CommandTool.all[index], start, end)
        case .placed(let index): placedSecret(PlacedSecret.all[index], start, end)
        case .handedOver: handedOver(start, end)
        case .shownCommand: shownCommand(start, end)
        case .countedText: countedText(end - 1)
        case .dump: dumpLine(start)
        case .secretDocument: secretDocument(start, end)
        case .secretLink: secretLink(end)
        case .spokenCode: spokenCode(start, end)
        case .boundValues: boundValues(end)
        case .written: writtenSecret(end)
        case .copiedRows: copiedRows(start)
        case .marked(let index): markedSecret(MarkedSecret.all[index], end)
        case .listing: listing(start)
        case .accountID: accountID(end)
        case .terminalName: terminalName(start)
        case .countedAttempts: countedAttempts(start)
        case .nameBefore: nameBefore(start)
        case .systemLine: systemLine(start)
        case .programMark: programMark(start)
        case .accountLine: accountLine(start)
        case .accountHashes: accountHashes(start)
        case .processes: processes(start)
        case .gitUser: gitUser(end)
        case .directoryName: directoryName(start, end)
        case .phoneNumber: phoneNumber(start + 1)
        case .areaNumber: areaNumber(start)
        case .sourcePlace: sourcePlace(start, end)
        case .peerKey: peerKey(start)
        case .dottedHardware: dottedHardware(start)
        case .code:
            lookBehindHeads(start, isFirst: false)
            codeLine(start)
        case .query: queryParameter(start, end)
        case .escape: mark(start)
        case .quotedPrintable:
            // `took=204ms` holds no blank.
            if text[start + 1] == 50, Byte.isDigit(text[end]) { return }
            hasQuotes = true
            mark(start)
        case .azure: azureSecret(start)
        case .recordText: recordText(start, end)
        case .reportedSource: reportedSource(end)
        case .quotedSource: quotedSource(end)
        case .brokenLine: brokenLine(start)
        case .shellSource: shellSource(end)
        case .tickedSource: tickedSource(end)
        case .cookieRow: cookieRow(start)
        case .arrowLine: arrowLine(start + 1)
        case .ruledLine: ruledLine(start)
        case .placedSource: placedSource(start)
        case .failedLine: failedLine(start + 1)
        case .plainDiff: plainDiff(start + 1)
        case .drawnTable: drawnTable(start)
        case .thirdArgument: thirdArgument(end)
        case .gluedFlag: gluedFlag(end)
        case .terminalLine: terminalLine(start)
        case .principal: principal(start)
        case .keyComment: keyComment(end - 4)
        case .protocolLine: protocolLine(end - 2)
        case .defaultHost: defaultHost(start, end)
        case .quotedHost: quotedHost(end)
        case .systemName: systemName(start)
        case .porcelainName: porcelainName(start)
        case .commonName: commonName(end)
        case .quotedName: quotedName(end)
        case .blamedName: blamedName(start + 1)
        case .mountedDisk: mountedDisk(start, end)
        case .sshUser: sshUser(start, end)
        case .deviceRow: deviceRow(start)
        case .hostPath: hostPath(start)
        case .hostsLine: hostsLine(start + 2)
        case .bankAccount: bankAccount(start)
        case .told(let index): toldName(ToldName.all[index], start, end)
        case .processRow: processRow(start)
        case .priorityRow: priorityRow(start)
        case .openFileRow: openFileRow(start)
        case .requestRow: requestRow(start)
        case .neighbour: neighbour(start)
        case .leased: leased(start)
        case .domainAccount: domainAccount(start + 1)
        case .sharedFolder: sharedFolder(start + 2)
        case .cloudName: cloudName(end)
        case .loginCall: loginCall(end)
        case .spokenLogin: spokenLogin(end)
        case .relayLogin: relayLogin(end)
        case .peerSecret: peerSecret(start)
        case .routerSecret: routerSecret(end)
        case .sentPassword: sentPassword(start, end)
        case .typedPassword: typedPassword(end)
        case .desktopFlag: desktopFlag(start, end)
        case .storedSecret: storedSecret(end)
        case .answer(let isPassword): answer(end, isPassword: isPassword)
        case .inlineLogin: inlineLogin(end)
        case .messagingToken: messagingToken(start)
        case .podRow: podRow(start)
        case .nodeRow: nodeRow(start)
        case .assignedNode: assignedNode(end)
        case .kubeletHost: kubeletHost(end)
        case .playRow: playRow(start)
        case .joinedHome: joinedHome(start, end)
        case .userBefore: userBefore(start)
        case .securityID: securityID(start)
        case .databaseUser: databaseUser(start)
        case .setPassword: setPassword(end)
        case .debuggerAnswer: debuggerAnswer(end)
        case .labelledField: labelledField(end)
        case .attributeValue: attributeValue(end)
        case .variableDefault: variableDefault(end)
        case .spokenPassword: spokenPassword(end)
        case .knownSecret(let index): knownSecret(index, start, end)
        case .identity(let index): knownIdentity(index, start, end)
        }
    }

    /// Bytes that matter alone and are rare enough to be searched one by one.
    private mutating func scanBytes() {
        each(UInt8(ascii: "@")) { $0.email($1) }
        for byte in [UInt8(ascii: "\\"), 0x1B, 0] {
            escapedEnd = 0
            each(byte) {
                $0.mark($1)
                $0.bytesEnd = $0.escapedEnd
            }
            bytesEnd = 0
        }
        if book.policy.strict { each(UInt8(ascii: "/")) { $0.strictPath($1) } }
        if book.policy.strict { each(UInt8(ascii: ":")) { $0.strictFunction($1) } }
    }

    private mutating func each(_ byte: UInt8, do act: (inout Scanner, Int) -> Void) {
        var index = text.first(byte, from: 0, to: text.count)
        while index < text.count {
            act(&self, index)
            index = text.first(byte, from: max(index + 1, bytesEnd), to: text.count)
        }
    }

    /// Wishes that a range be replaced, unless it already was or its rule is off.
    mutating func add(
        _ start: Int, _ end: Int, _ rule: RedactionRule, _ replacement: Replacement
    ) {
        var end = end
        // Backslashes before a quote belong to the quote, or the text around would not close.
        while end > start, text[end - 1] == 92, Byte.isQuote(text[end]) { end -= 1 }
        guard start < end, book.allows(rule), !book.isSafe(text, start, end) else { return }
        // What a mask stands before was judged with the value that the mask took the place of.
        if rule != .functionBody, rule != .privateKey, Masks.end(text, start) != nil { return }
        spans.append(Span(start: start, end: end, rule: rule, replacement: replacement))
    }

    /// Takes over what was seen in a view, in the text's own positions.
    mutating func adopt(_ child: Scanner, through view: View, rule: RedactionRule) {
        guard book.allows(rule) else { return }
        for span in Span.merged(child.spans) {
            let start = view.start(of: span.start)
            let end = view.end(of: span.end)
            guard start < end else { continue }
            spans.append(
                Span(start: start, end: end, rule: span.rule, replacement: span.replacement))
        }
    }

    /// Where the word that ends at `index` begins. Letters of an escape do not belong to it.
    func wordStart(_ index: Int, limit: Int, while holds: (UInt8) -> Bool) -> Int {
        let start = text.back(index, limit: limit, while: holds)
        // Of any depth: `\\u0020` is a blank inside of a text inside of a text.
        if text[start - 1] == UInt8(ascii: "\\") { return pastLetter(start, index) }
        return pastEscape(start, index)
    }

    /// Past the letter of a backslash escape at `start`, and the digits that belong to it.
    func pastLetter(_ start: Int, _ limit: Int) -> Int {
        switch text[start] {
        case UInt8(ascii: "u"): return min(limit, start + 5)
        case UInt8(ascii: "x"): return min(limit, start + 3)
        case UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "r"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "e"), UInt8(ascii: "0"):
            return min(limit, start + 1)
        default: return start
        }
    }

    /// Whether ESC ends at `index`, as it is or in letters.
    private func isEscapeSign(_ index: Int) -> Bool {
        text[index - 1] == 0x1B || text.has("u001b", at: index - 5, folded: true)
            || text.has("x1b", at: index - 3, folded: true) || text.has("033", at: index - 3)
    }

    /// Past the end of a percent escape or a colour that touches what it stands before.
    func pastEscape(_ start: Int, _ limit: Int) -> Int {
        switch text[start - 1] {
        case UInt8(ascii: "%"):
            var first = start
            while Byte.isHex(text[first]), Byte.isHex(text[first + 1]), first < limit {
                first += 2
                // `%252F`: the sign itself was escaped, so two more digits belong to it.
                guard text.has("25", at: first - 2) else { break }
            }
            return min(limit, first)
        case UInt8(ascii: "=") where text.has("20", at: start) || text.has("3D", at: start):
            // `request_id=20acd6db-…`: the digits are the value's own.
            if Shape.isIdentifier(text, start, limit) { return start }
            return min(limit, start + 2)
        case UInt8(ascii: "["), UInt8(ascii: ";"):
            let begin = text.back(start, limit: 16) { Byte.isDigit($0) || $0 == 59 }
            guard text[begin - 1] == 91, isEscapeSign(begin - 1) else { return start }
            return min(limit, text.skip(start, limit: 4, while: Byte.isDigit) + 1)
        default: return start
        }
    }
}
