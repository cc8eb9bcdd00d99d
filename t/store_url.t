#!/usr/bin/perl
# The address of a store: valid forms, the messages about invalid ones, and that no
# secret is ever repeated. No etcd is needed: errors are reported before any connection.
use strict;
use warnings;

use lib 't/lib';
use Test::More;
use TlsGate::Ctl;
use TlsGate::Httpd;

my $ctl = TlsGate::Ctl->new;
my $dir = $ctl->{httpd}->dir;
my @WHY = (qw(--reason because --by ops));
my $SECRET = 's3cretWord';

sub file { my ($name, $text, $mode) = @_; my $path = $ctl->{httpd}->write_file($name, $text); chmod $mode, $path; return $path }
my $password = file('password', "$SECRET\n", 0600);
my $readable = file('readable', "$SECRET\n", 0644);
my $group    = file('group', "$SECRET\n", 0640);
my %others   = map { ($_ => file("mode-$_", "$SECRET\n", oct $_)) } qw(0604 0602 0660 0620);
my $empty    = file('empty', '', 0600);
my ($cert, $key) = TlsGate::Httpd::certificate();

# --- wrong addresses
for my $case (
    # message                               the store
    [qr{write etcd://HOST:PORT/KEY},        'state.json'],
    [qr{write etcd://HOST:PORT/KEY},        '/var/lib/tlsgate/state.json'],
    [qr{write etcd://HOST:PORT/KEY},        'http://localhost:2379/k'],
    [qr{write etcd://HOST:PORT/KEY},        'ETCD://localhost/k'],
    [qr{write etcd://HOST:PORT/KEY},        'etcd:/localhost/k'],
    [qr{write etcd://HOST:PORT/KEY},        "redis://ops:$SECRET\@localhost/k"],
    [qr/it names no key/,                   'etcd://localhost:2379'],
    [qr/the key is empty/,                  'etcd://localhost:2379/'],
    [qr/the key is empty/,                  'etcd://localhost:2379/?ca=x'],
    [qr/it names no key/,                   'etcd://localhost:2379?ca=x'],
    [qr/HOST\[:PORT\] expected at ""/,            'etcd:///k'],
    [qr/HOST\[:PORT\] expected at ""/,            'etcd://:2379/k'],
    [qr/HOST\[:PORT\] expected at ""/,            'etcd://a,,b/k'],
    [qr/HOST\[:PORT\] expected at ""/,            'etcd://a,/k'],
    (map { [qr/HOST\[:PORT\] expected at "/, "etcd://$_/k"] }
        'a:0', 'a:65536', 'a:x', 'a:', 'a:-1', 'a:+1', 'a: 1', 'a:1x', 'a:99999999999999999999', 'a b', 'a:1:2', '::1', '[::1', '[::1]x', '[::1]:', '[]', '[a]', 'a]', 'a:1;b:2', "a\x1b[2J"),
    (map { [qr/UTF-8/, $_] } "etcd://localhost/caf\xE9", "etcd://caf\xE9\@localhost/k", 'etcd://localhost/%FF'),
    [qr/the user is empty/,                 'etcd://@localhost/k'],
    [qr/a URL must not contain a password/,           "etcd://ops:$SECRET\@localhost/k"],
    [qr/a URL must not contain a password/,           "etcd://ops:$SECRET,more\@localhost/k?password-file=$password"],
    [qr/a URL must not contain a password/,           "etcd://:$SECRET\@localhost/k"],
    [qr/a URL must not contain a password/,           "etcd://ops%3a$SECRET:\@localhost/k"],
    [qr/password|HOST\S+ expected|no key/,        "etcd://ops:x/$SECRET\@localhost/k"],
    [qr/password|HOST\S+ expected|no key/,        "etcd://ops:$SECRET/x\@localhost/k"],
    [qr/password|HOST\S+ expected|no key/,        "etcd://ops:$SECRET?x\@localhost/k"],
    [qr/password-file/,                     'etcd://ops@localhost/k'],
    [qr/a password file a user/,           "etcd://localhost/k?password-file=$password"],
    [qr/there is no parameter "password"/,  "etcd://localhost/k?password=$SECRET"],
    [qr/there is no parameter "CA"/,        'etcds://localhost/k?CA=x'],
    [qr/there is no parameter "timeout"/,   "etcds://localhost/k?ca=$cert&timeout=1"],
    [qr/there is no parameter ""/,          'etcds://localhost/k?=x'],
    [qr/ca= is given twice/,                'etcds://localhost/k?ca=x&ca=y'],
    [qr/the ca is empty/,                   'etcds://localhost/k?ca='],
    [qr/the ca is empty/,                   'etcds://localhost/k?ca'],
    (map { [qr/$_= needs TLS/, "etcd://localhost/k?$_=$cert"] } qw(ca cert key)),
    [qr/a certificate needs its key/,      "etcds://localhost/k?cert=$cert"],
    [qr/a certificate needs its key/,      "etcds://localhost/k?key=$key"],
    (map { [qr/bad % sequence/, $_] } 'etcd://localhost/%zz', 'etcd://localhost/%4', 'etcd://localhost/a%', 'etcd://%zz@localhost/k', 'etcds://localhost/k?ca=%zz', 'etcd://localhost/a%00b'),
    [qr/\Q$readable\E.*chmod/,              "etcd://ops\@localhost/k?password-file=$readable"],
    (map { [qr/\Q$others{$_}\E.*chmod/,      "etcd://ops\@localhost/k?password-file=$others{$_}"] } sort keys %others),
    [qr/\Q$empty\E/,                        "etcd://ops\@localhost/k?password-file=$empty"],
    [qr/\Q$dir\E\/none does not exist/,      "etcd://ops\@localhost/k?password-file=$dir/none"],
    [qr/\Q$dir\E: /,                        "etcd://ops\@localhost/k?password-file=$dir"],
) {
    my ($message, $store) = @$case;
    my $said = $ctl->run('--store', $store, 'exempt', 'list');
    my $name = $store =~ s/\Q$dir\E/DIR/gr =~ s/[^ -~]/./gr;
    is_deeply([@$said{qw(status out)}], [2, ''], "refused: $name");
    like($said->{err}, qr/^tlsgatectl: .*$message/m, '... with the reason and the fix');
    unlike($said->{err}, qr/\Q$SECRET\E|\e/, '... and without the secret');
}

# --- the same for every command
{
    for my $case (['hash', 0, 'x'], ['exempt', 2, 'list']) {
        my ($command, $status, @more) = @$case;
        is($ctl->run_as({ env => { TLSGATE_STORE => 'etcd://' } }, TlsGate::Ctl::program(), $command, @more)->{status}, $status, "a wrong \$TLSGATE_STORE, and $command");
    }
    my $said = $ctl->run('--store', "etcd://ops:$SECRET\@localhost/k", qw(suspend legacy-tls --for PT1H --yes), @WHY);
    is($said->{status}, 2, 'a change with a wrong address fails');
    like($said->{err}, qr/a URL must not contain a password/, '... for the same reason');
    is($ctl->text . $ctl->text('.audit'), '', '... and does not change the file instead');
    $said = $ctl->run_as({ env => { TLSGATE_STORE => "etcd://ops:$SECRET\@localhost/k" } }, TlsGate::Ctl::program(), '--httpd', $ctl->{wrapper}, 'exempt', 'list');
    is($said->{status}, 2, 'a wrong address in $TLSGATE_STORE');
    like($said->{err}, qr/a URL must not contain a password/, '... is reported too');
    unlike($said->{err}, qr/\Q$SECRET\E/, '... without the secret');
    $said = $ctl->run('follow', '--store', 'etcd://localhost/');
    is($said->{status}, 2, 'follow with a wrong address fails too');
    like($said->{err}, qr/the key is empty/, '... and says why');
    $said = $ctl->run('follow');
    is($said->{status}, 2, 'follow without a store');
    like($said->{err}, qr/--store/, '... asks for it');
}

# --- valid addresses: nothing listens there, and each endpoint is named. All in parallel, since
# each is retried for a while.
my @dead = map { TlsGate::Httpd::free_port() } 1 .. 3;
my $many = join(',', map { "127.0.0.1:$_" } @dead);
my @right = (
    ["etcd://127.0.0.1:$dead[0]/k",                             qr/127\.0\.0\.1:$dead[0]/],
    ["etcd://localhost:$dead[0]/tlsgate/state",                 qr/localhost:$dead[0]/],
    ["etcd://[::1]:$dead[0]/k",                                 qr/\[::1\]:$dead[0]/],
    ["etcd://$many/k",                                          map { qr/127\.0\.0\.1:$_/ } @dead],
    ["etcds://$many/k?ca=$cert",                                map { qr/127\.0\.0\.1:$_/ } @dead],
    ["etcds://127.0.0.1:$dead[1]/k",                            qr/127\.0\.0\.1:$dead[1]/],
    ["etcds://127.0.0.1:$dead[1]/k?cert=$cert&key=$key&ca=$cert", qr/127\.0\.0\.1:$dead[1]/],
    ["etcds://127.0.0.1:$dead[1]/k?ca=" . ($cert =~ s/e/%65/gr =~ s{/}{%2F}gr), qr/127\.0\.0\.1:$dead[1]/],
    ["etcd://o%70s\@127.0.0.1:$dead[1]/k?password-file=$password",  qr/127\.0\.0\.1:$dead[1]/],
    ["etcd://ops\@127.0.0.1:$dead[1]/k?password-file=$group",    qr/127\.0\.0\.1:$dead[1]/],
    ["etcd://127.0.0.1:$dead[2]/a%20key/%c3%a9",                qr/127\.0\.0\.1:$dead[2]/],
);
my @begun = map { $ctl->begin({}, TlsGate::Ctl::program(), $ctl->standard, '--store', $_->[0], 'exempt', 'list') } @right;
for my $case (@right) {
    my ($store, @named) = @$case;
    my $said = $ctl->finish(shift @begun);
    my @missing = grep { $said->{err} !~ $_ } @named, qr/refused|connect/i;
    ok($said->{status} == 2 && $said->{out} eq '' && !@missing, 'accepted, but nothing listens: ' . ($store =~ s/\Q$dir\E/DIR/gr =~ s/\Q$cert\E/CERT/gr))
        or diag("status $said->{status}\n--- err\n$said->{err}");
    unlike($said->{err}, qr/\Q$SECRET\E/, '... without the secret');
}

done_testing;
