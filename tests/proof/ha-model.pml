/* Two hosts, one log with compare-and-swap (etcd), one cloud that knows no fence: the rule by which two hosts may share
 * clusters. The daemon knows one host so far; what the model says of the order of a call (intent, date and signature, look
 * at the clock, first byte) holds for one host, too. model.py has the table of runs.
 *
 * Time is a process that may tick at any moment, between any two steps of anybody: so each host may be stopped
 * anywhere for any time, and each message may be late by any time. What time does is count timers down:
 *   DD  a watcher takes over when the last sign of the holder that it saw is that old
 *   LL  the holder may send until that long after it sent what was carried out
 *   VV  the service refuses a call whose signature is older than that (15 minutes)
 *   WW  a backup shows in the listing at the latest that long after the call arrived (A5)
 *   SS  an intent without a set to show for it is given up after that (settle_s)
 *   GG  a set that was asked for counts again when it is still there after that (GIVE_UP_S)
 * Assumption X: SS >= LL + VV + WW, GG >= LL + VV; for STRICT also LL <= DD, and no stop between the last look at
 * the clock and the first byte.
 *
 * -DBACKUP (default): no slot gets two backups.   -DDELETE: two hosts of different policies never delete both sets.
 * -DSTRICT: look and send are one step, and then no call leaves a host after another took over.
 * Sabotages: -DNOFENCE -DCHECKFIRST -DNOCHECK -DREPLYTIME -DLOADFIRST -DNOINTENT -DNOBEATCMP -DLISTFIRST, and the numbers.
 * Without -DSAFETY nothing more is looked for. */
#ifndef DD
#define DD 2
#endif
#ifndef LL
#define LL 2
#endif
#ifndef VV
#define VV 3
#endif
#ifndef WW
#define WW 1
#endif
#ifndef SS
#define SS (LL + VV + WW)
#endif
#ifndef GG
#define GG (LL + VV)
#endif
#ifndef EPOCHS
#define EPOCHS 3
#endif
#define WIRES 2

/* what the log says of the slot; ASK: of the sets, see asked[] */
#define NONE 0
#define INTENT 1
#define DONE 2
#define FAILED 3
#define ASK 4

byte epoch = 0;			/* etcd: whose it is */
byte st = NONE, age = SS;	/* the slot, and since its intent was thought of */
bool asked[2];
byte asked_age[2];
byte req[2], req_epoch[2], rep[2];	/* one append of each host: under way; 1 carried out, 2 refused */
bool fresh[2];			/* host: the sign of life is still the one that it saw */
byte watch[2];			/* ... and may be taken as the last in that long */
byte left[2];			/* host: it may send */
byte cand[2];			/* ... if the append under way is carried out */
byte since[2];			/* since that append was first sent */
byte dated[2];			/* the signature of the host's call is good for that long */
byte wire[WIRES];		/* calls under way, good for that long; 0 none */
byte what[WIRES];
byte backups = 0, unseen = 0;
bool alive[2];

#define dec(x) x = (x > 0 -> x - 1 : 0)
#define inc(x, most) x = (x < most -> x + 1 : most)

active proctype Clock()
{
	do
	:: d_step {
		dec(watch[0]); dec(watch[1]); dec(left[0]); dec(left[1]); dec(cand[0]); dec(cand[1]);
		dec(dated[0]); dec(dated[1]); dec(wire[0]); dec(wire[1]); dec(unseen);
		inc(since[0], SS); inc(since[1], SS); inc(age, SS);
		inc(asked_age[0], GG); inc(asked_age[1], GG);
	}
	od
}

inline arrive(k)
{
	atomic {
		wire[k] > 0 ->
		wire[k] = 0;
#ifdef DELETE
		alive[what[k]] = false;
		assert(alive[0] || alive[1]);
#else
		backups++;
		unseen = WW;
		assert(backups <= 1);
#endif
	}
}

/* The network before the cloud: a call arrives, or is lost; too old it is refused (wire is 0 then). */
active proctype Cloud()
{
	do
	:: arrive(0)
	:: arrive(1)
	:: atomic { wire[0] > 0 -> wire[0] = 0 }
	:: atomic { wire[1] > 0 -> wire[1] = 0 }
	od
}

inline apply(n)
{
	atomic {
#ifdef NOFENCE
		req[n] != 0 ->
#else
		req[n] != 0 && req_epoch[n] == epoch ->
#endif
		if
		:: req[n] == ASK -> asked[n] = true; asked_age[n] = (since[n] > GG -> GG : since[n])
		:: req[n] == INTENT -> st = INTENT; age = since[n]
		:: else -> st = req[n]
		fi;
		fresh[0] = false; fresh[1] = false;
		req[n] = 0; rep[n] = 1
	}
}

/* etcd, and the network before it: what was sent is carried out, refused, or lost. */
active proctype Etcd()
{
	do
	:: apply(0)
	:: apply(1)
#ifndef NOFENCE
	:: atomic { req[0] != 0 && req_epoch[0] != epoch -> req[0] = 0; rep[0] = 2 }
	:: atomic { req[1] != 0 && req_epoch[1] != epoch -> req[1] = 0; rep[1] = 2 }
#endif
	:: atomic { req[0] != 0 -> req[0] = 0 }
	:: atomic { req[1] != 0 -> req[1] = 0 }
	od
}

/* One entry into the log. An answer that is lost is asked after until it is known: to the host that is one that is
 * late. A crash may come at any time; the request goes on. */
inline append(x)
{
	d_step { req[n] = x; req_epoch[n] = my; rep[n] = 0; since[n] = 0; cand[n] = LL }
	do
	:: atomic { rep[n] == 1 ->
		rep[n] = 0;
#ifdef REPLYTIME
		left[n] = LL;
#else
		left[n] = (left[n] > cand[n] -> left[n] : cand[n]);
#endif
		if
		:: x == ASK -> m_asked[n] = true
		:: else -> m_st = x
		fi;
		break }
	:: atomic { rep[n] == 2 -> rep[n] = 0; goto standby }
	:: atomic { req[n] == 0 && rep[n] == 0 -> req[n] = x } /* lost: the same once more */
	:: goto standby
	od
}

inline put_on_wire()
{
	if
	:: dated[n] > 0 && wire[0] == 0 -> wire[0] = dated[n]; what[0] = n
	:: dated[n] > 0 && wire[0] != 0 && wire[1] == 0 -> wire[1] = dated[n]; what[1] = n
	:: else -> skip /* too old, or not looked at here: three calls under way */
	fi
}

/* The call itself: date it, look at the clock, send. ret: it may have been sent. */
inline call()
{
#ifdef CHECKFIRST
	sent = (left[n] > 0);
	dated[n] = VV;
	if
	:: sent -> atomic { put_on_wire() }
	:: else -> skip
	fi
#else
	dated[n] = VV;
#ifdef NOCHECK
	sent = true;
	atomic { put_on_wire() }
#else
#ifdef STRICT
	atomic {
		sent = (left[n] > 0);
		if
		:: sent -> assert(epoch == my); put_on_wire()
		:: else -> skip
		fi
	}
#else
	sent = (left[n] > 0);
	if
	:: sent -> atomic { put_on_wire() }
	:: else -> skip
	fi
#endif
#endif
#endif
}

proctype Node(byte n)
{
	byte my, m_st;
	bool m_asked[2], l_alive[2], ripe, shows, sent;

standby:
	atomic { my = 0; left[n] = 0; sent = false; ripe = false; shows = false; m_st = NONE;
		m_asked[0] = false; m_asked[1] = false; l_alive[0] = false; l_alive[1] = false }
	do
	:: atomic { !fresh[n] -> fresh[n] = true; watch[n] = DD }
#ifdef LOADFIRST
	:: m_st = st; m_asked[0] = asked[0]; m_asked[1] = asked[1];
#endif
#ifdef NOBEATCMP
	   /* whether it is time is looked at before, and not compared again */
	:: atomic { fresh[n] && watch[n] == 0 && epoch < EPOCHS -> ripe = true }
	:: atomic { ripe && epoch < EPOCHS ->
#else
	:: atomic { fresh[n] && watch[n] == 0 && epoch < EPOCHS && req[n] == 0 ->
#endif
		ripe = false; epoch++; my = epoch; left[n] = LL; fresh[0] = false; fresh[1] = false; rep[n] = 0; req[n] = 0; break }
	od;
#ifndef LOADFIRST
	atomic { m_st = st; m_asked[0] = asked[0]; m_asked[1] = asked[1] }
#endif

work:
	do
	:: goto standby /* a crash */
	:: atomic { epoch == my -> left[n] = LL; fresh[0] = false; fresh[1] = false } /* a sign of life */
	:: atomic { epoch != my -> goto standby }
#ifdef DELETE
	:: atomic { ripe = (asked_age[1 - n] == GG) }
	   atomic { l_alive[0] = alive[0]; l_alive[1] = alive[1] }
	   if
	   :: l_alive[n] && l_alive[1 - n] && (!m_asked[1 - n] || ripe) ->
#ifndef NOINTENT
		append(ASK);
#endif
		call()
	   :: else -> skip
	   fi;
	   atomic { l_alive[0] = false; l_alive[1] = false; ripe = false; sent = false }
#else
	:: m_st == NONE || m_st == FAILED ->
	   atomic {
		if
		:: backups > 0 -> shows = true
		:: backups == 0 || unseen > 0 -> shows = false
		fi
	   }
	   if
	   :: shows -> append(DONE)
	   :: else ->
#ifndef NOINTENT
		append(INTENT);
#endif
		call();
		if
		:: !sent -> append(FAILED) /* certainly */
		:: else -> skip
		fi
	   fi;
	   atomic { shows = false; sent = false }
	:: m_st == INTENT ->
#ifndef LISTFIRST
	   ripe = (age == SS);
#endif
	   atomic {
		if
		:: backups > 0 -> shows = true
		:: backups == 0 || unseen > 0 -> shows = false
		fi
	   }
#ifdef LISTFIRST
	   ripe = (age == SS);
#endif
	   if
	   :: shows -> append(DONE)
	   :: !shows && ripe -> append(FAILED)
	   :: else -> skip
	   fi;
	   atomic { shows = false; ripe = false }
#endif
	od
}

init {
	atomic {
		alive[0] = true; alive[1] = true; fresh[0] = true; fresh[1] = true;
		asked_age[0] = GG; asked_age[1] = GG; since[0] = SS; since[1] = SS;
		run Node(0); run Node(1)
	}
}
