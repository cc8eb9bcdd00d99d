# tlsgatectl letters, on logs, lists and templates that are hostile or wrong: no name, user agent or host
# of a client adds a header, a mail or a formula; what is wrong in a list or a template is named with its
# line; a thousand accounts get a thousand mails.
use strict;
use warnings;
use lib 't/lib';
use utf8;
use Encode qw(encode_utf8);
use JSON::PP;
use Test::More;
use TlsGate::Httpd;
use TlsGate::Letters qw(letters mails);

my $h = TlsGate::Httpd->new(clock => '2018-07-01T00:00:00Z', conf => '');
$h->stop_clock('2018-07-01T00:00:00Z'); # so that the same call writes the same mail
my $json = JSON::PP->new->utf8->canonical;
my @at = ('--at', '2019-01-01T00:00Z', '--stamp', 'stamp.json');
my @mail = (@at, '--addresses', 'list', '--sender', 'api@example.com');

sub record {
    my ($client, %o) = @_;
    return $json->encode({ '@timestamp' => $o{time} // '2018-06-01T09:00:00.000Z', tlsgate => { client => $client, protocol => 'TLSv1', ($o{advice} ? (advice => $o{advice}) : ()) },
        (defined $o{ua} ? (user_agent => { original => $o{ua} }) : ()), (defined $o{host} ? (url => { domain => $o{host} }) : ()), ($o{ip} ? (client => { ip => $o{ip} }) : ()) }) . "\n";
}
sub write_log { my (@lines) = @_; $h->write_file('log', join '', @lines); return }
sub write_list { my (%to) = @_; $h->write_file('list', $json->encode(\%to)); return }

# --- what a client sends
my $NASTY = "a\r\nBcc: evil\@example.org\r\n\r\nFrom evil\@example.org Sun Jul  1 00:00:00 2018\nSubject: x\n\n>From y";
my @nasty = ($NASTY, "From here", ">From here", "=?UTF-8?Q?=0ABcc:_x?=", "ünïcode \x{202e}€ " . ('…' x 300), "=cmd|'/c calc'!A1", '@SUM(1)', '{account} {{', '$(id) `id`', '%s%n', '');
my @accounts = map { "account:$_" } @nasty[0 .. $#nasty - 1];
write_log(map { record($accounts[$_], ua => $nasty[$_], host => $nasty[$_], advice => $nasty[$_]) } 0 .. $#accounts);
write_list(map { ($accounts[$_] => "a$_\@example.org") } 0 .. $#accounts);
my $said = letters($h, 'log', @mail, '--test-path', '/t');
is($said->{status}, 0, 'all are written');
my %mail = map { $_->{to}[0] => $_ } my @mails = mails($h, $said->{out});
is(scalar(@mails), scalar(@accounts), 'as many mails as accounts');
is_deeply([ sort keys %mail ], [ sort map { "a$_\@example.org" } 0 .. $#accounts ], 'to their own addresses');
for my $n (0 .. $#accounts) {
    my $got = $mail{"a$n\@example.org"};
    is_deeply($got->{defects}, [], "account $n: a right mail");
    is(scalar(@{ $got->{names} }), 8, '... with the headers of all');
    is(scalar(@{ $got->{to} }), 1, '... to one address');
    unlike($got->{headers}{subject}, qr/[\x00-\x1f\x7f\x{202e}]/, '... of one line');
    unlike($got->{body}, qr/[\x00-\x09\x0b-\x1f\x7f\x{202e}]/, '... and no character that a terminal acts on');
    unlike($got->{body}, qr/curl/, '... and no command with such a host');
    unlike($got->{body}, qr/^    from /m, '... and no address where the log has none');
}
like($mail{'a0@example.org'}{headers}{subject}, qr/^A program of a\\x0d\\x0aBcc: evil/, 'a newline is shown as text');
like($mail{'a1@example.org'}{body}, qr/^    program   From here$/m, 'From is as it was');
like($mail{'a7@example.org'}{body}, qr/^    program   \{account\} \{\{$/m, 'names of a template are text in a value');
like($mail{'a4@example.org'}{body}, qr/^    program   ünïcode \\u202e€ …+\.\.\.$/m, 'UTF-8, cut between characters');
is(scalar(() = $said->{out} =~ /^>*From /mg), scalar(@accounts), 'no line of the mbox begins with From but the first of each');
unlike($said->{out}, qr/[^\x0a\x20-\x7e]/, 'all of it is ASCII');
is(scalar(grep { length > 100 } split /\n/, $said->{out}), 0, 'in short lines');

# --- the same for a spreadsheet
sub csv_rows {
    my ($text) = @_;
    my $file = $h->write_file('table.csv', $text);
    my $script = $h->write_file('read_table.py', "import csv, json, sys\nprint(json.dumps(list(csv.DictReader(open(sys.argv[1], newline='', encoding='utf-8'), strict=True))))\n");
    return @{ JSON::PP->new->utf8->decode(scalar qx(python3 '$script' '$file')) };
}
my @rows = csv_rows(letters($h, 'log', @at, '--format', 'csv', '--addresses', 'list')->{out});
is(scalar(@rows), scalar(@accounts), 'a row for each account');
is_deeply([ grep { my $row = $_; grep { defined && /\A[=+\@\t\r]/ } values %$row } @rows ], [], 'no field is a formula');
my ($cmd) = grep { $_->{account} =~ /cmd/ } @rows;
is($cmd->{account}, "'=cmd|'/c calc'!A1", 'what begins as one has an apostrophe before it');
is($cmd->{address}, 'a5@example.org', 'with its address');
like($cmd->{body}, qr/^Hello,\n\na program of your account =cmd/, 'and its letter');

# --- hosts: only names of hosts, each once
write_log(map { record('account:a', host => $_, ua => $_) } 'good.example.com', 'bad.example.com:80', '[::1]', 'a b', "-x.example.com", 'good.example.com');
write_list('account:a' => 'a@example.org');
my ($one) = mails($h, letters($h, 'log', @mail, '--test-path', '/t')->{out});
is_deeply([ $one->{body} =~ /^    (curl.*)$/mg ], ['curl -sS https://good.example.com/t'], 'a command for what is a host');
($one) = mails($h, letters($h, 'log', @mail)->{out});
unlike($one->{body}, qr/curl/, 'none if nothing tells the page');

# --- lists of addresses
write_log(record('account:a'), record('cert:CN=b'), record('ip:192.0.2.7'), record('account:sha256:' . substr(qx(printf %s secret-key | sha256sum), 0, 32)));
sub addressed { my ($list) = @_; $h->write_file('list', $list); my $got = letters($h, 'log', @mail); return join ' ', $got->{status}, map { "$_->{headers}{subject}" =~ s/A program of (\S+) .*/$1/r . ">@{ $_->{to} }" } mails($h, $got->{out}) }
is(addressed("client,address\na,a\@b.example\n"), '1 a>a@b.example', 'an account without its kind');
is(addressed("\xEF\xBB\xBFname,Email,ACCOUNT\r\nx,a\@b.example,a\r\n"), '1 a>a@b.example', 'columns by other names, in any order');
is(addressed("client,address\naccount:a,a\@b.example\naccount:a,c\@b.example\na,A\@b.example\n"), '1 a>a@b.example c@b.example', 'several addresses, each once');
is(addressed("client,address\ncert:CN=b,b\@b.example\nip:192.0.2.7,i\@b.example\n"), '1 CN=b>b@b.example 192.0.2.7>i@b.example', 'certificates, and addresses of networks if they are listed');
is(addressed('{"secret-key":["k@b.example"],"account:a":null}'), '1 secret-key>k@b.example', 'JSON; an account whose hash the log has, by its own name');
is(addressed("client,address\na,\n,x\@b.example\n"), '1', 'no address');
write_log(record('ip:sha256:' . substr(qx(printf %s 192.0.2.7 | sha256sum), 0, 32)));
write_list('ip:192.0.2.7' => 'i@example.org');
my ($hashed) = mails($h, letters($h, 'log', @mail)->{out});
like($hashed->{body}, qr/account 192\.0\.2\.7 connects/, 'an address whose hash the log has');
unlike($hashed->{body}, qr/sha256/, '... and the mail has no hash');
write_log(record('account:a'));
for (
    [ "a,b\n1,2\n", 'list:1: the first line does not name the columns; begin with client,address' ],
    [ '', 'list:1: the first line does not name the columns; begin with client,address' ],
    [ "client,address\na,a\@b.example\nb,nobody\n", 'list:3: "nobody": it is not a mail address: it has no @' ],
    [ "client,address\na,\"a\@b.example\nBcc: c\@b.example\"\n", 'list:2: "a@b.example\x0aBcc: c@b.example": it is not a mail address' ],
    [ "client,address\na,\"a\n", 'list:2: a quote has no end' ],
    [ '{"a":7}', 'list: a: it is neither a text nor a list of texts' ],
    [ '{"a":["x@y.example",7]}', 'list: a: the list has something else than texts' ],
    [ '{"a":', 'list:1: ' ],
) {
    my ($list, $error) = @$_;
    $h->write_file('list', $list);
    my $got = letters($h, 'log', @mail);
    is("$got->{status} $got->{out}", '2 ', "no letters: $error");
    like($got->{err}, qr/^tlsgatectl: \Q$error\E/m, '... which is said');
}

# --- templates
$h->write_file('list', "client,address\na,a\@b.example\n");
my $default = letters($h, '--print-template');
is($default->{status}, 0, 'the template is printed');
$h->write_file('same', $default->{out});
is(letters($h, 'log', @mail, '--template', 'same')->{out}, letters($h, 'log', @mail)->{out}, 'and is the one that is used');
$h->write_file('own', encode_utf8("# ours\nSubject: Änderung nötig: {account}\n\nLiebe Leute bei {account},\n\n{count} Anfragen, zuletzt {last_seen}.\n{advice}\n\nFrom us\n"));
($one) = mails($h, letters($h, 'log', @mail, '--template', 'own')->{out});
is("$one->{headers}{subject}\n$one->{body}", "Änderung nötig: a\nLiebe Leute bei a,\n\n1 Anfragen, zuletzt Fri 1 Jun 2018, 09:00 UTC.\n\nFrom us\n", 'one of our own, in UTF-8');
for (
    [ "Subject: s\n\na\n{acount}\n", 'own:4: there is no name {acount}; write one that --print-template lists' ],
    [ "Hello\n", 'own:1: the first line is not the subject; begin as the one that --print-template prints' ],
    [ "Subject: s\n\n{\n", 'own:3: a brace is not closed' ],
) {
    my ($text, $error) = @$_;
    $h->write_file('own', $text);
    my $got = letters($h, 'log', @mail, '--template', 'own');
    is("$got->{status} $got->{out}", '2 ', "no letters: $error");
    like($got->{err}, qr/^tlsgatectl: \Q$error\E/m, '... which is said');
}

# --- wrong calls, and what cannot be read
for (
    [ [ 'log', @at, '--addresses', 'list' ], 'a mail needs a sender: name it with --sender' ],
    [ [ 'log', @at, '--sender', 'a@b' ], 'mails need addresses: name the list with --addresses FILE' ],
    [ [ 'log', @at, '--addresses', 'list', '--sender', 'nobody' ], '--sender "nobody": it is not a mail address' ],
    [ [ 'log', @at, '--addresses', 'list', '--sender', "x\nBcc: y <a\@b" ], '--sender' ],
    [ [ 'log', @mail, '--format', 'xml' ], '--format "xml": write mbox or csv' ],
    [ [ 'log', @mail, '--json' ], '--json: only --dry-run prints that' ],
    [ [ 'log', @mail, '--test-path', 'x' ], '--test-path "x": write it as in a URL' ],
    [ [ 'log', @mail, '--test-path', "/\nx" ], '--test-path' ],
    [ [ 'log', @at, '--sender', 'a@b', '--addresses', 'none' ], '--addresses none: there is no such file' ],
    [ [ 'log', @mail, '--template', 'none' ], '--template none: there is no such file; print one with --print-template' ],
    [ [ 'log', @at, '--sender', 'a@b', '--addresses', '.' ], '--addresses .: it is not a regular file' ],
    [ [ 'none', @mail ], 'none: ' ],
    [ [ 'log', '--addresses', 'list', '--sender', 'a@b' ], 'there is no plan here that tells the dates' ],
    [ [ 'log', '--at', '2019-01-01T00:00Z', '--addresses', 'list', '--sender', 'a@b', '--since-last' ], '--since-last: no state file is known here' ],
    [ [ 'log', @at[0, 1], '--sender', 'a@b', '--addresses', 'list', '--since-last', '--stamp', '.' ], '--stamp .: it is not a regular file' ],
) {
    my ($args, $error) = @$_;
    my $got = letters($h, @$args);
    is("$got->{status} $got->{out}", '2 ', "@$args[1 .. $#$args]" =~ s/\n.*//sr . ': nothing is written');
    like($got->{err}, qr/^tlsgatectl: \Q$error\E/m, '... and why is said');
}
unlink $h->dir . '/stamp.json';
$h->write_file('log', record('account:a') . "{damaged\n" . '{"cut');
$said = letters($h, 'log', @mail);
is($said->{status}, 1, 'a damaged line is a finding');
like($said->{err}, qr/log:2: a damaged line is left out/, 'and named');
is(scalar(mails($h, $said->{out})), 1, 'the rest is written to');
ok(-e $h->dir . '/stamp.json', 'with a stamp');

# --- the log of another server, with everything in it
$h->write_file('log', join '', map { qq($_->[0] - - [01/Jun/2018:09:00:0$_->[1] +0000] "GET / HTTP/1.1" 200 5 "-" "curl/7" $_->[2]\n) } [ '192.0.2.7', 0, 'TLSv1' ], [ '192.0.2.8', 0, 'TLSv1' ], [ '192.0.2.8', 1, 'TLSv1.3' ], [ '192.0.2.9', 2, 'TLSv1.3' ]);
$h->write_file('list', "client,address\nip:192.0.2.7,a\@b.example\nip:192.0.2.8,b\@b.example\nip:192.0.2.9,c\@b.example\n");
is_deeply([ map { $_->{to}[0] } mails($h, letters($h, 'log', @mail)->{out}) ], ['a@b.example'], 'a foreign log: not to who has moved since, nor to who was never old');
like(letters($h, 'log', @mail, '--dry-run')->{out}, qr/^ +1  clients that came with something modern since$/m, 'which is counted');

# --- many
my $MANY = 1000;
write_log(map { my $n = $_; map { record("account:c$n", time => "2018-06-0${_}T09:00:00.000Z", ua => "agent/$n") } 1 .. 2 } 1 .. $MANY);
write_list(map { ("c$_" => "c$_\@example.org") } 1 .. $MANY);
unlink $h->dir . '/stamp.json';
my @many = mails($h, letters($h, 'log', @mail, '--since-last')->{out});
is(scalar(@many), $MANY, 'a thousand mails');
is_deeply([ grep { my ($n) = $_->{to}[0] =~ /c(\d+)/; $_->{body} !~ m{^    program   agent/$n$}m } @many ], [], 'each about its own client');
my %ids = map { $_->{headers}{'message-id'} => 1 } @many;
is(scalar(keys %ids), $MANY, 'each with an id of its own');
is(letters($h, 'log', @mail, '--since-last')->{out}, '', 'none of them again');
$h->write_file('log', TlsGate::Httpd::slurp($h->dir . '/log') . record('account:c7', time => '2018-06-03T09:00:00.000Z'));
is_deeply([ map { $_->{to}[0] } mails($h, letters($h, 'log', @mail, '--since-last')->{out}) ], ['c7@example.org'], 'but for who came again');
# --- two runs at once: the first waits for its log, which is a pipe
write_log(record('account:a'));
write_list('account:a' => 'a@example.org');
{
    my $dir = $h->dir;
    my $call = join ' ', map { "'$_'" } TlsGate::Ctl::program(), '--patience', 0, 'letters', 'pipe', @mail;
    unlink "$dir/stamp.json";
    local %ENV = ($h->_environment);
    system("cd '$dir' && mkfifo pipe && { $call >first 2>first.err & }") == 0 or die;
    open(my $pipe, '>', "$dir/pipe") or die "$dir/pipe: $!"; # now it reads, with the lock
    my $second = letters($h, 'log', @mail);
    is($second->{status}, 2, 'another run is refused');
    is($second->{out}, '', '... and writes no letter');
    like($second->{err}, qr/another run is at work: it has the lock stamp\.json\.lock; wait until it has ended/, '... and says why');
    is(letters($h, 'log', @mail, '--dry-run')->{status}, 0, '... but for a dry run, which writes no stamp');
    is(letters($h, 'log', @at[0, 1], '--stamp', 'other.json', '--addresses', 'list', '--sender', 'api@example.com')->{status}, 0, '... or one with another stamp');
    print $pipe record('account:a');
    close $pipe;
    ok($h->wait_until(sub { -s "$dir/stamp.json" }), 'the first ends');
    is(letters($h, 'log', @mail)->{status}, 0, '... and the next one may');
}

done_testing;
