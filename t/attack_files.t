# Attacks that a local user could prepare for root, in his own directory or beside the state file:
# links, hard links and pipes where root will write, and links to his files. Nothing outside
# the state is written, changed or trusted, whoever runs what under whatever name.
use strict;
use warnings;
use lib 't/lib';
use POSIX ();
use Test::More;
use TlsGate::Client qw(ask);
use TlsGate::Ctl qw(says);
use TlsGate::Httpd;
use TlsGate::State qw(document suspend);

plan skip_all => 'this concerns only root' if $>;

my $OTHER = (getpwnam('nobody'))[2];
my $END   = '2099-01-01T00:00:00Z';
my @WHY   = (qw(--reason because --by ops));

my $CONF = <<'CONF';
Listen 127.0.0.1:@tls@
SSLEngine on
TlsGateState $DIR/state/state.json
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
TlsGate legacy
CONF

# A file that only root may read, and its visible properties.
sub secret {
    my ($h) = @_;
    my $path = $h->write_file('secret', "root only\n");
    chmod 0600, $path;
    return $path;
}
sub seen { my ($path) = @_; my @stat = stat $path; return join(' ', sprintf('%o', $stat[2] & 07777), @stat[3, 4, 7], TlsGate::Httpd::slurp($path)) }
sub names { my ($dir) = @_; opendir(my $d, $dir) or die "$dir: $!"; return sort grep { !/^\.\.?$/ } readdir $d }

# --- httpd, at start and at each restart ----------------------------------------------------
# The directory of the state file, and httpd's message about it, at the start and in
# `httpd -t`; undef: nothing, and it writes its plan.
my $warned = qr/TLSGATE0070: TlsGateState "[^"]*": /;
my @directories = (
    ['root owns it',         sub { },                    undef],
    ['another user owns it',  sub { chown $OTHER, -1, $_[0] }, qr/${warned}the directory belongs to user $OTHER; run chown root \S+/],
    ['its group may write',  sub { chmod 0775, $_[0] },  qr/${warned}the directory is writable by group or others; run chmod go-w \S+/],
    ['all may write to it',  sub { chmod 01777, $_[0] }, qr/${warned}the directory is writable by group or others; run chmod go-w \S+/],
    ['it is missing',        sub { rmdir $_[0] },        qr/${warned}its directory: No such file or directory; create it, writable by root only: install -d -m 755 /],
    ['only root may enter',  sub { chmod 0700, $_[0] },  qr/${warned}only root may enter the directory; run chmod go\+rX \S+/, 1],
);
for my $case (@directories) {
    my ($name, $make, $says, $has_plan) = @$case;
    my $h = TlsGate::Httpd->new(conf => $CONF);
    my $dir = $h->dir . '/state';
    mkdir $dir;
    chmod 0755, $dir;
    $make->($dir);
    my ($status, $said) = $h->configtest;
    is($status, 0, "$name: httpd -t accepts it");
    like($said, $says // qr/^(?!.*TLSGATE)/s, '... with the message');
    $h->start;
    ok($h->graceful, '... a restart');
    # The plan is written beside its name first.
    $h->wait_until(sub { !-d $dir || !grep { /\.plan\./ } names($dir) });
    my @there = -d $dir ? map { s/\.ack\.\d+-[0-9a-f]{8}$/.ack/r } names($dir) : ();
    is_deeply(\@there, $says && !$has_plan ? [] : ['state.json.ack', 'state.json.plan'], '... the files that root has written there');
    $h->finish_ok($says // ());
}

# What is in the place of the file, which httpd reads at start: there it is an error of the file.
for my $case (
    ['a directory',       sub { mkdir $_[0] },                                      qr/it is not a regular file; name a regular file/],
    ['a file of another user', sub { $_[1]->(); chown $OTHER, -1, $_[0] },          qr/the file belongs to user $OTHER; run chown root \S+/],
    ['a file that others may write', sub { $_[1]->(); chmod 0666, $_[0] },          qr/the file is writable by group or others; run chmod go-w \S+/],
    ['a good file',       sub { $_[1]->() },                                        undef],
) {
    my ($name, $make, $says) = @$case;
    my $h = TlsGate::Httpd->new(conf => $CONF);
    mkdir $h->dir . '/state';
    chmod 0755, $h->dir . '/state';
    $make->($h->dir . '/state/state.json', sub { $h->write_file('state/state.json', document()) });
    my ($status, $said) = $h->configtest;
    is($status, 0, "$name in its place: httpd -t is content");
    like($said, $says ? qr/$warned$says/ : qr/^(?!.*TLSGATE)/s, '... with the message');
    $h->start;
    unlike($h->error_log, qr/TLSGATE0070/, '... at start it is not said twice');
    $h->finish_ok($says ? qr/TLSGATE0022: .*$says/ : ());
}

# A link that leads nowhere.
for my $case (
    ['into a missing directory', sub { "$_[0]/absent/state.json" }, qr/its directory: No such file or directory; create it, writable by root only: install -d -m 755 \S+absent$/m],
    ['to itself',                sub { 'state.json' },              qr/Too many levels of symbolic links; remove the link, or name another file$/m],
) {
    my ($name, $target, $says) = @$case;
    my $h = TlsGate::Httpd->new(conf => $CONF);
    my $dir = $h->dir . '/state';
    mkdir $dir;
    chmod 0755, $dir;
    symlink($target->($dir), "$dir/state.json") or die "$dir/state.json: $!";
    like(($h->configtest)[1], qr/$warned$says/, "a link $name");
}

# Everything that root could trip over, in place before the start.
sub trap {
    my ($dir, $secret, @suffixes) = @_;
    symlink($secret, "$dir/state.json$_") or die "$_: $!" for @suffixes;
}
{
    my $h = TlsGate::Httpd->new(conf => $CONF);
    my ($dir, $secret) = ($h->dir . '/state', secret($h));
    mkdir $dir;
    chmod 0755, $dir;
    my $before = seen($secret);
    trap($dir, $secret, '.plan', '.new', '.lock', '.audit', '.follow');
    $h->start;
    ok($h->graceful, 'links where the plan and other files are to be: a restart');
    is(seen($secret), $before, '... their target is unchanged');
    ok(!-l "$dir/state.json.plan", '... and the plan has replaced the link');
    is((stat "$dir/state.json.plan")[2] & 07777, 0644, '... readable for everyone');
    $h->finish_ok;
}

# --- a state file that is a link ------------------------------------------------------------
# The place of the links, the owner of the last directory, and whether the state is used.
my @links = (
    ['a link beside it',                     ['state'],            0,      1],
    ['a link to a directory of root',        ['away'],             0,      1],
    ['a link to a directory of another user', ['away'],            $OTHER, 0],
    ['a link through a directory of another user', ['away', 'state'], $OTHER, 0],
);
for my $case (@links) {
    my ($name, $hops, $owner, $is_used) = @$case;
    my $h = TlsGate::Httpd->new(conf => $CONF);
    my $old = sub { ask(port => $h->port, tls => 'TLSv1')->{status} };
    my $state = TlsGate::State->new($h, $old);
    my $away = $h->dir . '/away';
    mkdir $away;
    chmod 0755, $away;
    $state->put(document(suspend('legacy', $END)));
    my $at = $h->dir . "/$hops->[-1]/real.json";
    rename($state->{path}, $at) or die $!;
    for my $hop (reverse @$hops[0 .. $#$hops - 1]) { symlink($at, $h->dir . "/$hop/link.json") or die $!; $at = $h->dir . "/$hop/link.json" }
    symlink($at, $state->{path}) or die $!;
    chown $owner, -1, $away;
    $h->start;
    is($old->(), $is_used ? 200 : 426, "$name: " . ($is_used ? 'used' : 'not used'));
    if (!$is_used) {
        like($h->error_log, qr/TLSGATE0022: .*: the directory that a link leads to belongs to user $OTHER; run chown root \S+/, '... and said');
        ok($state->taken_after(sub { chown 0, -1, $away }), '... and once root owns it, the state is in force');
        is($old->(), 200, '... as the answer shows');
    }
    $h->finish_ok($is_used ? () : qr/TLSGATE0022/);
}

# --- tlsgatectl -----------------------------------------------------------------------------
# The object in place of each file that it writes to, and the message of its refusal.
my %ways = (
    'a link'      => [sub { symlink($_[0], $_[1]) }, qr/Too many levels of symbolic links/],
    'a hard link' => [sub { link($_[0], $_[1]) },    qr/Too many links/],
    'a pipe'      => [sub { POSIX::mkfifo($_[1], 0600) }, qr/Invalid argument/],
    'a directory' => [sub { mkdir $_[1] },           qr/Is a directory/],
);
for my $way (sort keys %ways) {
    my ($make, $says) = @{ $ways{$way} };
    for my $suffix ('.lock', '.audit') {
        my $ctl = TlsGate::Ctl->new;
        my $secret = secret($ctl->{httpd});
        truncate($secret, 0);
        chown $OTHER, -1, $ctl->{dir};
        $make->($secret, "$ctl->{state}$suffix") or die "$way: $!";
        my $before = seen($secret);
        my $said = $ctl->run(qw(suspend kx --until 2030-01-01T00:00Z --yes), @WHY);
        says($said, 2, qr/./, qr/nothing was changed: .*$suffix.*: $says; .*remove what is in its place/, "$way as $suffix: refused");
        is(seen($secret), $before, '... its target is unchanged');
        ok(!-e $ctl->{state}, '... and nothing has changed');
    }
    my $ctl = TlsGate::Ctl->new;
    my $secret = secret($ctl->{httpd});
    chown $OTHER, -1, $ctl->{dir};
    $make->($secret, "$ctl->{state}.follow") or die "$way: $!";
    my $before = seen($secret);
    my $said = $ctl->run(qw(follow --store etcd://127.0.0.1:1/x));
    says($said, 2, undef, qr/\.follow: $says; remove what is in its place/, "$way as .follow: refused");
    is(seen($secret), $before, '... its target is unchanged');
    next if $way =~ /pipe|directory/;
    $make->($secret, "$ctl->{state}.new") or die "$way: $!";
    says($ctl->run(qw(suspend kx --until 2030-01-01T00:00Z --yes), @WHY), 3, qr/./, qr/is written, but not in force/, "$way as .new: replaced");
    is(seen($secret) =~ s/^(\S+ )\d+/$1N/r, $before =~ s/^(\S+ )\d+/$1N/r, '... its target is unchanged');
    ok(!-l $ctl->{state}, '... and the state is a regular file');
}
done_testing;
